import { housekeepingMs, previewLifetimeMs, submissionSweepMs } from '../config/limits.ts';
import { deletePreviewsBefore } from '../files/file-queries.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { deliverSubmission } from './deliver-submission.ts';
import { deleteExpiredKeys } from './idempotency.ts';
import { listAbandonedAttempts } from './submission-attempt-queries.ts';

export const deliverSubmissionQueue = 'deliver-submission';

/** Rows looked at by one sweep; what is left is the next sweep's. */
const sweepLimit = 500;

/** Declares this room's jobs: thin wrappers around use cases, safe to run twice. */
export function defineJobs(jobs: JobQueue, context: PriorAuthorizationContext): void {
  jobs.define<{ organizationId: string; attemptId: string }>(deliverSubmissionQueue, ({ payload }) =>
    deliverSubmission(context, payload),
  );
  jobs.addSweeper('abandoned-submissions', submissionSweepMs, async () => {
    const abandoned = await listAbandonedAttempts(context.database, sweepLimit);
    const wakeUps = abandoned.map(({ organizationId, id }) => ({
      payload: { organizationId, attemptId: id },
      singletonKey: id,
    }));
    await jobs.enqueueMany(deliverSubmissionQueue, wakeUps);
  });
  jobs.addSweeper('housekeeping', housekeepingMs, async () => {
    const now = context.clock.now();
    await deleteExpiredKeys(context.database, now, sweepLimit);
    const removed = await deletePreviewsBefore(
      context.database,
      new Date(now.getTime() - previewLifetimeMs),
      sweepLimit,
    );
    for (const { storageKey } of removed) {
      if (storageKey !== null) await context.files.blobs.remove(storageKey);
    }
  });
}
