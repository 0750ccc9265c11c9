/** Holding a row while something slow is done with it: leased for a short time, renewed while this process lives. */

import type { Logger } from '../observability/logger.ts';
import { type RepeatTimer, repeatTimer } from './sweepers.ts';

/** Another worker took the row over; whatever this one was about to write is void. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface KeptLease {
  /** Aborted once the lease is known to have passed to another worker. */
  readonly lost: AbortSignal;
  stop(): void;
}

/**
 * Renews a lease while this process lives; a paused or dead one lets it run out. A renewal the database did not
 * answer is tried again: the lease lasts three of them.
 * @param extend has the lease run `leaseSeconds` from now, by the database's clock; false when it is no longer ours.
 * @param logger names the row in its lines, as `logger.child({ attemptId })` does.
 */
export function keepLease(
  extend: () => Promise<boolean>,
  leaseSeconds: number,
  logger: Logger,
  repeat: RepeatTimer = repeatTimer,
): KeptLease {
  const lost = new AbortController();
  let beating = false;
  const beat = async () => {
    if (beating) return;
    beating = true;
    try {
      if (!(await extend())) lost.abort();
    } catch (error) {
      logger.warn({ err: error }, 'a lease could not be renewed; trying again');
    } finally {
      beating = false;
    }
  };
  const stop = repeat((leaseSeconds * 1000) / 4, () => void beat());
  return { lost: lost.signal, stop };
}
