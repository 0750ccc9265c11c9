import { syncSweepMs } from '../config/limits.ts';
import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { AppointmentsContext } from './context.ts';
import { syncAccount } from './sync-account.ts';
import { listDueSyncs } from './sync-queries.ts';

export const syncAccountQueue = 'sync-account';

/** A sync mostly waits for the EMR. */
const syncsAtOnce = 4;

/** Rows looked at by one sweep; what is left is the next sweep's. */
const sweepLimit = 500;

/** Declares this room's jobs: thin wrappers around use cases, safe to run twice. */
export function defineAppointmentJobs(jobs: JobQueue, context: AppointmentsContext): void {
  jobs.define<{ organizationId: string; accountId: string }>(
    syncAccountQueue,
    ({ payload, signal }) => syncAccount(context, payload, signal),
    { concurrency: syncsAtOnce },
  );
  jobs.addSweeper('due-syncs', syncSweepMs, async () => {
    const due = await listDueSyncs(context.database, context.clock.now(), sweepLimit);
    await jobs.enqueueMany(syncAccountQueue, due.map(syncWakeUp));
  });
}

/** The job that syncs an account; one waits at most. */
export function syncWakeUp({ organizationId, accountId }: AccountReference) {
  return { payload: { organizationId, accountId }, singletonKey: accountId };
}
