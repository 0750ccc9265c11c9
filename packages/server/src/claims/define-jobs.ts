import { claimSweepMs } from '../config/limits.ts';
import type { AccountScope } from '../identity/claims-authentication.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { ClaimsContext } from './context.ts';
import { type ClaimPosting, createClaimPosting } from './post-claims.ts';
import { listAccountsWithDueClaims } from './posting-queries.ts';

export const postClaimsQueue = 'post-claims';

/** Accounts worked on at once: posting mostly waits for EMRs, so a few slow ones must not hold up the others. */
const accountsAtOnce = 8;

/** Accounts looked at by one sweep; what is left is the next sweep's. */
const sweepLimit = 500;

/** Declares this room's jobs: thin wrappers around use cases, safe to run twice. */
export function defineClaimJobs(jobs: JobQueue, context: ClaimsContext): ClaimPosting {
  const posting = createClaimPosting(context);
  jobs.define<{ organizationId: string; accountId: string }>(
    postClaimsQueue,
    ({ payload, signal }) => posting.post(payload, signal),
    { concurrency: accountsAtOnce },
  );
  jobs.addSweeper('due-claims', claimSweepMs, async () => {
    const due = await listAccountsWithDueClaims(context.database, context.clock.now(), sweepLimit);
    await jobs.enqueueMany(postClaimsQueue, due.map(claimsWakeUp));
  });
  return posting;
}

/** The job that works off an account's claims; one waits at most. */
export function claimsWakeUp({ organizationId, accountId }: AccountScope) {
  return { payload: { organizationId, accountId }, singletonKey: accountId };
}
