import { housekeepingMs, previewLifetimeMs } from '../config/limits.ts';
import { createFileCollector } from '../files/collect-files.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { deleteExpiredKeys } from './idempotency.ts';

/** Keys deleted in one statement, so that none runs long. */
const batchSize = 500;

/** Declares what keeps the storage from growing for ever. Two sweepers: neither waits for the other to succeed. */
export function defineHousekeeping(jobs: JobQueue, context: PriorAuthorizationContext): void {
  jobs.addSweeper('expired-keys', housekeepingMs, async () => {
    const now = context.clock.now();
    while ((await deleteExpiredKeys(context.database, now, batchSize)) === batchSize);
  });
  const { logger } = context;
  jobs.addSweeper(
    'unneeded-files',
    housekeepingMs,
    createFileCollector({ ...context.files, logger }, previewLifetimeMs),
  );
}
