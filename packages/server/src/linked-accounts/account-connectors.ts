import type { EmrConnector, EmrConnectors } from '../emr/connector.ts';
import type { Clock } from '../platform/clock.ts';
import { BoundedMap } from '../platform/rate-limits/bounded-map.ts';
import type { LinkedAccount } from './linked-account.ts';

export interface AccountConnectors {
  /** @throws EmrReadError `rejected` when this server has no connector of the account's kind or cannot use its settings */
  connectorOf(account: LinkedAccount): EmrConnector;
}

interface OpenConnector {
  readonly connector: EmrConnector;
  readonly updatedAt: number;
  readonly openedAt: number;
}

/** A connector finds out some things about its EMR once; where the EMR is may change without the account's doing. */
const keptMs = 30_000;

/** Connectors held at once, those of accounts revoked since among them; of more, the oldest are opened again. */
export const capacity = 1_000;

/** Opens each account's connector for a while, and anew when the account was changed. */
export function createAccountConnectors(
  connectors: Pick<EmrConnectors, 'open'>,
  clock: Clock,
): AccountConnectors {
  const opened = new BoundedMap<string, OpenConnector>(capacity);
  return {
    connectorOf({ organizationId, id: accountId, connector: kind, settings, updatedAt }) {
      const key = `${organizationId} ${accountId}`;
      const now = clock.now().getTime();
      const known = opened.get(key);
      const isFresh = known?.updatedAt === updatedAt.getTime() && Math.abs(now - known.openedAt) < keptMs;
      if (isFresh) return known.connector;
      const connector = connectors.open(kind, { organizationId, accountId, settings });
      opened.set(key, { connector, updatedAt: updatedAt.getTime(), openedAt: now });
      return connector;
    },
  };
}
