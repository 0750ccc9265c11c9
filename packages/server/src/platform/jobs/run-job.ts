/** One run of one handler, with the log lines that belong to it. */

import { asOrganization, asSystem } from '../database/database-scope.ts';
import type { Logger } from '../observability/logger.ts';
import { describeErrorSafely } from '../observability/safe-error.ts';
import type { JobDefinition } from './job-definition.ts';
import type { JobPayload } from './job-queue.ts';

/** The part of a fetched job that a run needs. */
export interface FetchedJob {
  readonly id: string;
  readonly data: unknown;
  readonly retryCount: number;
  readonly signal: AbortSignal;
}

/**
 * Rejects when the handler does, with an error fit to be stored beside the job: a foreign error's message may quote
 * PHI, so only its type and code are kept.
 */
export async function runJob(definition: JobDefinition, job: FetchedJob, logger: Logger): Promise<void> {
  const attempt = job.retryCount + 1;
  try {
    const payload = payloadOf(job);
    await inScopeOf(payload, () => definition.handler({ id: job.id, payload, attempt, signal: job.signal }));
  } catch (error) {
    const isLast = attempt > definition.retryLimit;
    const line = { queue: definition.name, jobId: job.id, attempt, err: error };
    if (isLast) logger.error(line, 'a job failed for the last time and was given up');
    else logger.warn(line, 'a job failed and will be run again');
    const { type, code } = describeErrorSafely(error);
    throw new Error(code === undefined ? type : `${type} ${code}`);
  }
}

/** A job about an organization's row sees that organization's rows alone. */
function inScopeOf<Result>({ organizationId }: JobPayload, work: () => Result): Result {
  return organizationId === undefined ? asSystem(work) : asOrganization(String(organizationId), work);
}

function payloadOf(job: FetchedJob): JobPayload {
  // Only `enqueue` writes payloads, and its parameter has this type.
  return job.data as JobPayload;
}
