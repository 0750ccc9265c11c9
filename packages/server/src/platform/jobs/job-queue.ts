/**
 * The queue is a wake-up; the row is the truth. A job may be lost or run twice, so every handler begins with a
 * guarded update of its row, and a sweeper enqueues again whatever rows are due. Payloads hold ids, never PHI.
 */

/**
 * Ids and plain counters. What they stand for is read from the rows, and with an `organizationId` from the rows of that
 * organization alone.
 */
export type JobPayload = Readonly<Record<string, string | number>>;

export interface Job<Payload extends JobPayload> {
  readonly id: string;
  readonly payload: Payload;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Aborted when the job runs past its time or the server stops; the job will be run again. */
  readonly signal: AbortSignal;
}

/** Resolves when the work is done; rejects to have the job run again later. Must be repeatable. */
export type JobHandler<Payload extends JobPayload> = (job: Job<Payload>) => Promise<void>;

export interface JobOptions {
  /** Handlers of this queue running at once in this process. Default 2. */
  readonly concurrency?: number;
  /** Runs after the first before the job is given up. Default 5. */
  readonly retryLimit?: number;
  /** Before the second run; doubled, with jitter, for each further one. Default 2. 0 retries at once. */
  readonly retryDelaySeconds?: number;
  /** Default 300. */
  readonly retryDelayMaxSeconds?: number;
  /** After this long the signal is aborted and the job counts as failed. Default 300. */
  readonly timeoutSeconds?: number;
}

export interface EnqueueOptions {
  /** While a job with this key waits, further ones due at the same time are dropped; a running one does not count. */
  readonly singletonKey?: string | undefined;
  /** By the queue's clock. Default: now. */
  readonly startAfter?: Date | undefined;
}

export interface JobToEnqueue extends EnqueueOptions {
  readonly payload: JobPayload;
}

export interface DrainOptions {
  /** Also runs jobs due later and retries that wait. Default false. */
  readonly includeDelayed?: boolean;
  /** Default 1,000. */
  readonly limit?: number;
}

export interface JobQueue {
  /** Declares a queue and what handles it. Before `start`. */
  define<Payload extends JobPayload>(name: string, handler: JobHandler<Payload>, options?: JobOptions): void;
  /** Declares work that looks for due rows and enqueues them, run every `everyMs`. Before `start`. */
  addSweeper(name: string, everyMs: number, work: () => Promise<void>): void;
  /**
   * Prepares the storage, then handles jobs and runs sweepers. With `workers: false` it only takes jobs: another
   * process handles them, or a test calls `drain` and `sweep`.
   */
  start(options?: { readonly workers?: boolean }): Promise<void>;
  /**
   * Wakes a handler. Call after the commit, never inside a transaction. When the database refuses, the failure is
   * logged and the call resolves: the rows are committed, and the sweeper will find them.
   * @throws Error for an undefined queue, or inside a transaction.
   */
  enqueue(name: string, payload: JobPayload, options?: EnqueueOptions): Promise<void>;
  /** As `enqueue`, for many jobs in one statement. */
  enqueueMany(name: string, jobs: readonly JobToEnqueue[]): Promise<void>;
  /** Runs every sweeper once, in order of declaration. Rejects with the first failure. */
  sweep(): Promise<void>;
  /**
   * Handles in this call, one after another, every job that is due, those the handlers enqueue included, until none
   * is left. For queues started without workers.
   * @returns how many jobs were run.
   * @throws Error when more than `limit` are due, as when a handler enqueues itself for ever.
   */
  drain(options?: DrainOptions): Promise<number>;
  /** Takes no more jobs, waits up to `drainMs` (default 10,000) for running ones, then aborts them for a later retry. */
  stop(options?: { readonly drainMs?: number }): Promise<void>;
}
