import { housekeepingMs } from '../config/limits.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { WebhooksContext } from './context.ts';
import {
  deleteExpiredSecrets,
  deleteForgottenEndpoints,
  deleteOldDeliveries,
  deleteOldEvents,
} from './housekeeping-queries.ts';

const day = 24 * 3_600_000;
const deliveryLifetimeMs = 30 * day;
const eventLifetimeMs = 90 * day;

/** Rows deleted in one statement, so that none runs long. */
const batchSize = 500;

/**
 * Declares what keeps the log of deliveries from growing for ever. An event stays as long as a delivery of it is shown,
 * one of a claim for good.
 */
export function defineHousekeeping(jobs: JobQueue, context: WebhooksContext): void {
  const { database, clock } = context;
  jobs.addSweeper('old-webhooks', housekeepingMs, async () => {
    const now = clock.now();
    const past = (lifetimeMs: number) => new Date(now.getTime() - lifetimeMs);
    while ((await deleteOldDeliveries(database, past(deliveryLifetimeMs), batchSize)) === batchSize);
    while ((await deleteOldEvents(database, past(eventLifetimeMs), batchSize)) === batchSize);
    await deleteExpiredSecrets(database, now);
    await deleteForgottenEndpoints(database);
  });
}
