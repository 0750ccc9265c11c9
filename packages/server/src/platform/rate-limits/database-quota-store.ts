import { setTimeout as delay } from 'node:timers/promises';
import type { KeyedHash } from '../crypto/keyed-hash.ts';
import type { Database } from '../database/database.ts';
import { asSystem } from '../database/database-scope.ts';
import type { Logger } from '../observability/logger.ts';
import { createMemoryQuotaStore } from './memory-quota-store.ts';
import type { Draw, Drawn, QuotaStore } from './quota-window.ts';
import { drawQuotas } from './quota-window-queries.ts';

export interface DatabaseQuotaStoreDependencies {
  readonly database: Database;
  /** Of subjects: whoever reads the table learns neither addresses nor keys. */
  readonly hash: KeyedHash;
  readonly logger: Logger;
  readonly timeoutMs?: number;
}

/** After a failure the database is left alone for this long. */
const aloneMs = 5_000;

/**
 * The store that all processes on a database share. When it does not answer in time, the process counts by itself with
 * whole quotas: without a database nearly every request fails anyway, and a limit must not be what refuses the rest.
 */
export function createDatabaseQuotaStore(dependencies: DatabaseQuotaStoreDependencies): QuotaStore {
  const { logger, timeoutMs = 500 } = dependencies;
  const alone = createMemoryQuotaStore();
  let aloneUntil = Number.NEGATIVE_INFINITY;
  return {
    async draw(draws, now) {
      if (now < aloneUntil) return alone.draw(draws, now);
      try {
        return await withinTime(drawTogether(dependencies, draws, now), timeoutMs);
      } catch (error) {
        aloneUntil = now + aloneMs;
        logger.warn({ err: error }, 'rate limits could not be shared; this process counts by itself');
        return alone.draw(draws, now);
      }
    },
  };
}

async function drawTogether(
  { database, hash }: DatabaseQuotaStoreDependencies,
  draws: readonly Draw[],
  now: number,
): Promise<readonly Drawn[]> {
  const hashed = draws.map(({ subject, units }) => ({ subject: hash.base64url(subject), units }));
  // Who is counted is no tenant's row, and often not yet known.
  const rows = await asSystem(() => drawQuotas(database, hashed, now));
  return draws.map(({ subject }, index) => {
    const own = rows.find((row) => row.subject === hashed[index]?.subject);
    if (own === undefined) throw new Error('A draw was not answered.');
    return { ...own, subject };
  });
}

async function withinTime<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  const deadline = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: deadline.signal }).then(() => {
    throw new Error(`No answer within ${timeoutMs} ms.`);
  });
  // Whichever loses the race may still fail; nobody waits for it.
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    deadline.abort();
  }
}
