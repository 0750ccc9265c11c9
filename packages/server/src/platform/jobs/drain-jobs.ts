/** Handling jobs in the caller's own time, for tests and for processes without workers. */

import type { PgBoss } from 'pg-boss';
import type { Logger } from '../observability/logger.ts';
import type { JobDefinition } from './job-definition.ts';
import type { DrainOptions } from './job-queue.ts';
import { type FetchedJob, runJob } from './run-job.ts';

/** See `JobQueue.drain`. */
export async function drainJobs(
  boss: PgBoss,
  definitions: readonly JobDefinition[],
  logger: Logger,
  { includeDelayed = false, limit = 1_000 }: DrainOptions = {},
): Promise<number> {
  let count = 0;
  for (let found = true; found; ) {
    found = false;
    for (const definition of definitions) {
      // One at a time: a batch comes back in no order.
      const [job] = await boss.fetch(definition.name, { batchSize: 1, ignoreStartAfter: includeDelayed });
      if (job === undefined) continue;
      if (count === limit)
        throw new Error(`More than ${limit} jobs were due; the last was of ${definition.name}.`);
      await settle(boss, definition, job, logger);
      count++;
      found = true;
    }
  }
  return count;
}

async function settle(
  boss: PgBoss,
  definition: JobDefinition,
  job: Omit<FetchedJob, 'signal'>,
  logger: Logger,
): Promise<void> {
  const attempt = { id: job.id, retryCount: job.retryCount };
  try {
    await runJob(definition, { ...job, signal: new AbortController().signal }, logger);
  } catch (error) {
    await boss.fail(definition.name, [attempt], Object(error));
    return;
  }
  await boss.complete(definition.name, [attempt]);
}
