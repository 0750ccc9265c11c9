import type { CallBudget, EmrConnector, EmrConnectorRegistry } from '../emr/connector.ts';
import type { AccountReference, LinkedAccount } from './linked-account.ts';

/** This server has no connector of the account's kind, as when a sandbox's database is opened in production. */
export class ConnectorNotAvailableError extends Error {
  override readonly name = 'ConnectorNotAvailableError';
}

export interface AccountConnectors {
  /** @throws ConnectorNotAvailableError */
  connectorOf(account: LinkedAccount): EmrConnector;
}

interface OpenConnector {
  readonly connector: EmrConnector;
  readonly updatedAt: number;
}

/** Opens each account's connector once and anew when the account was changed: connectors keep tokens and connections. */
export function createAccountConnectors(
  registry: EmrConnectorRegistry,
  budgetOf: (account: AccountReference) => CallBudget,
): AccountConnectors {
  const open = new Map<string, OpenConnector>();
  return {
    connectorOf(account) {
      const { organizationId, id: accountId, settings } = account;
      const updatedAt = account.updatedAt.getTime();
      const key = `${organizationId} ${accountId}`;
      const known = open.get(key);
      if (known?.updatedAt === updatedAt) return known.connector;
      const factory = registry.factoryFor(account.connector);
      if (factory === undefined)
        throw new ConnectorNotAvailableError(`This server has no ${account.connector} connector.`);
      const reference = { organizationId, accountId };
      const connector = factory.open({ ...reference, settings }, budgetOf(reference));
      open.set(key, { connector, updatedAt });
      return connector;
    },
  };
}
