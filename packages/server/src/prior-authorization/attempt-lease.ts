import { changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';
import { extendLease, findAttempt } from './submission-attempt-queries.ts';

/** Another worker took the attempt over; whatever this one was about to write is void. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** @throws LeaseLostError */
export async function writeAttempt(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
): Promise<void> {
  await changeCase(context, attempt.organizationId, attempt.authorizationId, async (current) => {
    await assertLease(context, attempt);
    return {
      write: {
        next: current,
        events: [],
        attempt: { attempt: attempt, expectedLeaseNumber: attempt.leaseNumber },
      },
      result: undefined,
    };
  });
}

/** @throws LeaseLostError */
export async function assertLease(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
): Promise<void> {
  const stored = await findAttempt(context, attempt.organizationId, attempt.id);
  const ours =
    stored?.leaseNumber === attempt.leaseNumber && ['pending', 'outcome_unknown'].includes(stored.status);
  if (!ours) throw new LeaseLostError('Another worker holds this attempt.');
}

export interface KeptLease {
  /** Aborted once the lease is known to have passed to another worker. */
  readonly lost: AbortSignal;
  stop(): void;
}

/**
 * Renews the lease while this process lives; a paused or dead one lets it run out. A renewal the database did not
 * answer is tried again: the lease lasts three of them.
 */
export function keepLease(context: PriorAuthorizationContext, attempt: SubmissionAttempt): KeptLease {
  const lost = new AbortController();
  let beating = false;
  const beat = async () => {
    if (beating) return;
    beating = true;
    try {
      if (!(await extendLease(context.database, attempt, context.leaseSeconds))) lost.abort();
    } catch (error) {
      context.logger.warn(
        { err: error, attemptId: attempt.id },
        'a lease could not be renewed; trying again',
      );
    } finally {
      beating = false;
    }
  };
  const timer = setInterval(() => void beat(), (context.leaseSeconds * 1000) / 4);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}

/**
 * The last look before something leaves the house: the lease is ours and has its whole time ahead.
 * @throws LeaseLostError
 */
export async function renewLease(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
): Promise<void> {
  if (await extendLease(context.database, attempt, context.leaseSeconds)) return;
  throw new LeaseLostError('Another worker holds this attempt.');
}
