import { submissionSweepMs } from '../config/limits.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { deliverSubmission } from './deliver-submission.ts';
import { defineHousekeeping } from './housekeeping.ts';
import { listAbandonedAttempts, listDueInquiries } from './submission-attempt-queries.ts';

export const deliverSubmissionQueue = 'deliver-submission';

/** A hand-over mostly waits for the other side. At least this many at once, and a place for each that may be held. */
const leastDeliveriesAtOnce = 8;

/** Rows looked at by one sweep; what is left is the next sweep's. */
const sweepLimit = 500;

/** Declares this room's jobs: thin wrappers around use cases, safe to run twice. */
export function defineJobs(jobs: JobQueue, context: PriorAuthorizationContext): void {
  const { places } = context.channels;
  const allPlaces = Object.values(places).reduce((sum, count) => sum + count, 0);
  jobs.define<{ organizationId: string; attemptId: string }>(
    deliverSubmissionQueue,
    ({ payload }) => deliverSubmission(context, payload),
    { concurrency: Math.max(leastDeliveriesAtOnce, allPlaces) },
  );
  jobs.addSweeper('abandoned-submissions', submissionSweepMs, async () => {
    const abandoned = await listAbandonedAttempts(context.database, places, sweepLimit);
    const inquiries = await listDueInquiries(context.database, context.clock.now(), sweepLimit);
    const wakeUps = [...abandoned, ...inquiries].map(({ organizationId, id }) => ({
      payload: { organizationId, attemptId: id },
      singletonKey: id,
    }));
    await jobs.enqueueMany(deliverSubmissionQueue, wakeUps);
  });
  defineHousekeeping(jobs, context);
}
