import { setTimeout as delay } from 'node:timers/promises';
import { changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { attemptWrite, type SubmissionAttempt } from './submission-attempt.ts';
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
      write: { next: current, events: [], attempt: attemptWrite(attempt, attempt.leaseNumber) },
      result: undefined,
    };
  });
}

/** @throws LeaseLostError */
export async function assertLease(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
): Promise<void> {
  const stored = await findAttempt(context.database, attempt.organizationId, attempt.id);
  const ours =
    stored?.leaseNumber === attempt.leaseNumber && ['pending', 'outcome_unknown'].includes(stored.status);
  if (!ours) throw new LeaseLostError('Another worker holds this attempt.');
}

/** Renews the lease while this process lives; a paused or dead one lets it run out. */
export function keepLease(context: PriorAuthorizationContext, attempt: SubmissionAttempt): () => void {
  const stopped = new AbortController();
  const beat = async () => {
    while (!stopped.signal.aborted) {
      await delay((context.leaseSeconds * 1000) / 3, undefined, { signal: stopped.signal, ref: false });
      await extendLease(context.database, attempt, context.leaseSeconds);
    }
  };
  beat().catch(() => {});
  return () => stopped.abort();
}
