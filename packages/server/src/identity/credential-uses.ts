import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { Logger } from '../platform/observability/logger.ts';
import { recordCredentialUse } from './credential-queries.ts';

/** Notes when credentials were last used, beside the requests and not in their way. */
export interface CredentialUses {
  /** Returns at once; what it writes is no older than a minute and may be lost with the process. */
  note(credential: { readonly organizationId: string; readonly id: string }): void;
  /** Once everything noted so far is written, or has failed. */
  settled(): Promise<void>;
}

/** Who looks for unused keys looks for months; a write a minute is more than enough. */
const intervalMs = 60_000;
const capacity = 10_000;

export function createCredentialUses(dependencies: {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly logger: Logger;
}): CredentialUses {
  const { database, clock, logger } = dependencies;
  const notedAt = new Map<string, number>();
  const underWay = new Set<Promise<void>>();

  return {
    note({ organizationId, id }) {
      const now = clock.now();
      const before = notedAt.get(id);
      if (before !== undefined && Math.abs(now.getTime() - before) < intervalMs) return;
      if (notedAt.size >= capacity) notedAt.clear();
      notedAt.set(id, now.getTime());
      const writing = recordCredentialUse(database, organizationId, id, now, intervalMs)
        .catch((error: unknown) => {
          logger.warn({ err: error, credentialId: id }, 'last use of a credential not recorded');
        })
        .finally(() => underWay.delete(writing));
      underWay.add(writing);
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}
