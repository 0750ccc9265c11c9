/** One queue as declared, with every default filled in. */

import type { JobHandler, JobOptions, JobPayload } from './job-queue.ts';

export interface JobDefinition {
  readonly name: string;
  readonly handler: JobHandler<JobPayload>;
  readonly concurrency: number;
  readonly retryLimit: number;
  readonly retryDelaySeconds: number;
  readonly retryDelayMaxSeconds: number;
  readonly timeoutSeconds: number;
}

export function jobDefinition(
  name: string,
  handler: JobHandler<JobPayload>,
  options: JobOptions = {},
): JobDefinition {
  return {
    name,
    handler,
    concurrency: options.concurrency ?? 2,
    retryLimit: options.retryLimit ?? 5,
    retryDelaySeconds: options.retryDelaySeconds ?? 2,
    retryDelayMaxSeconds: options.retryDelayMaxSeconds ?? 300,
    timeoutSeconds: options.timeoutSeconds ?? 300,
  };
}

/** The queue settings pg-boss keeps in its table; every job inherits them. */
export function storedSettings(definition: JobDefinition) {
  const { retryDelaySeconds } = definition;
  return {
    retryLimit: definition.retryLimit,
    retryDelay: retryDelaySeconds,
    retryBackoff: retryDelaySeconds > 0,
    ...(retryDelaySeconds > 0 ? { retryDelayMax: definition.retryDelayMaxSeconds } : {}),
    expireInSeconds: definition.timeoutSeconds,
    // A finished wake-up tells nothing the rows do not; a day is enough to look into a failed one.
    deleteAfterSeconds: 86_400,
    notify: true,
  };
}
