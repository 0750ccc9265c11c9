import { type KeptLease, keepLease, LeaseLostError } from '../platform/jobs/keep-lease.ts';
import { changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';
import { extendLease, findAttempt } from './submission-attempt-queries.ts';

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

/** Renews the attempt's lease until it is stopped. */
export function keepAttemptLease(context: PriorAuthorizationContext, attempt: SubmissionAttempt): KeptLease {
  return keepLease(
    () => extendLease(context.database, attempt, context.leaseSeconds),
    context.leaseSeconds,
    context.logger.child({ attemptId: attempt.id }),
  );
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
