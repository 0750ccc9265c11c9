import type { EmrAccount, EmrConnector, EmrConnectorKind } from '../emr/connector.ts';
import type { LinkedAccount } from './linked-account.ts';

export interface AccountConnectors {
  /** @throws EmrReadError `rejected` when this server has no connector of the account's kind or cannot use its settings */
  connectorOf(account: LinkedAccount): EmrConnector;
}

interface OpenConnector {
  readonly connector: EmrConnector;
  readonly updatedAt: number;
}

/** Opens each account's connector once and anew when the account was changed: connectors keep tokens and connections. */
export function createAccountConnectors(
  open: (kind: EmrConnectorKind, account: EmrAccount) => EmrConnector,
): AccountConnectors {
  const opened = new Map<string, OpenConnector>();
  return {
    connectorOf({ organizationId, id: accountId, connector: kind, settings, updatedAt }) {
      const key = `${organizationId} ${accountId}`;
      const known = opened.get(key);
      if (known?.updatedAt === updatedAt.getTime()) return known.connector;
      const connector = open(kind, { organizationId, accountId, settings });
      opened.set(key, { connector, updatedAt: updatedAt.getTime() });
      return connector;
    },
  };
}
