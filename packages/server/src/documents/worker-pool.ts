import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { DocumentJob, DocumentResults } from './document-job.ts';
import { DocumentWorkerError, type DocumentWorkerFailure } from './document-worker-error.ts';
import { createTurns } from './turns.ts';

export interface WorkerPool {
  /**
   * Waits for a free worker, then runs the job for at most `timeoutMs`. With `deadlineMs`, counted from the call, it
   * rejects as `busy` when there is no answer by then. Rejects with DocumentWorkerError.
   */
  run<K extends DocumentJob['kind']>(
    job: Extract<DocumentJob, { kind: K }>,
    timeoutMs: number,
    deadlineMs?: number,
  ): Promise<DocumentResults[K]>;
  close(): Promise<void>;
}

/** One worker and its keeper. A pool for each worker, so that it is known which worker runs which job. */
interface Slot {
  pool: Piscina<DocumentJob, DocumentResults[DocumentJob['kind']]> | undefined;
}

const workerFile = fileURLToPath(new URL('./document-worker.ts', import.meta.url));
const startTimeoutMs = 60_000;
const idleTimeoutMs = 60_000;
const memoryCheckMs = 100;
const bytesPerMb = 1024 * 1024;

export function createWorkerPool(options: {
  readonly threads: number;
  readonly memoryLimitMb: number;
  /** Jobs with a deadline that wait at most; those without bound themselves. */
  readonly maxWaiting?: number;
}): WorkerPool {
  const { threads, memoryLimitMb, maxWaiting = 32 } = options;
  const slots: Slot[] = Array.from({ length: threads }, () => ({ pool: undefined }));
  const turns = createTurns(slots, maxWaiting);

  return {
    async run(job, timeoutMs, deadlineMs) {
      const endsAt = deadlineMs === undefined ? undefined : performance.now() + deadlineMs;
      const slot = await turns.take(deadlineMs);
      try {
        // A worker started now would outlive the close.
        if (turns.isClosed()) throw new DocumentWorkerError('closed');
        slot.pool ??= startPool(memoryLimitMb);
        const bounds = { memoryLimitMb, endsAt };
        // Starting a worker takes a second or more on a busy machine, which is not the job's time.
        await runGuarded(slot.pool, { kind: 'start' }, { ...bounds, timeoutMs: startTimeoutMs });
        // The worker answers in the shape of the job's kind; see runDocumentJob.
        return (await runGuarded(slot.pool, job, {
          ...bounds,
          timeoutMs,
        })) as DocumentResults[typeof job.kind];
      } finally {
        turns.giveBack(slot);
      }
    },
    async close() {
      turns.close();
      await Promise.all(slots.map(({ pool }) => pool?.destroy()));
    },
  };
}

function startPool(memoryLimitMb: number): NonNullable<Slot['pool']> {
  const pool: NonNullable<Slot['pool']> = new Piscina({
    filename: workerFile,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
    // What parses strangers' files has no need of the server's secrets or flags.
    env: {},
    execArgv: [],
  });
  // A worker that dies between two jobs has nobody to tell; unheard, the event would end the server.
  pool.on('error', () => {});
  return pool;
}

interface Bounds {
  readonly timeoutMs: number;
  readonly memoryLimitMb: number;
  /** By `performance.now()`; undefined for a job nobody waits for. */
  readonly endsAt: number | undefined;
}

/** Runs a job and kills its worker when it takes too long or too much. */
async function runGuarded(
  pool: NonNullable<Slot['pool']>,
  job: DocumentJob,
  { timeoutMs, memoryLimitMb, endsAt }: Bounds,
): Promise<DocumentResults[DocumentJob['kind']]> {
  const abort = new AbortController();
  const stop = (failure: DocumentWorkerFailure) => abort.abort(failure);
  const timer = setTimeout(stop, timeoutMs, 'timeout');
  const deadline =
    endsAt === undefined ? undefined : setTimeout(stop, Math.max(0, endsAt - performance.now()), 'busy');
  // The heap limit of a worker does not count buffers, and decompressing is done in buffers.
  const watch = setInterval(() => watchMemory(pool, memoryLimitMb * bytesPerMb, stop), memoryCheckMs);
  try {
    return await pool.run(job, { signal: abort.signal });
  } catch (error) {
    if (abort.signal.aborted) throw new DocumentWorkerError(failureOf(abort.signal.reason), { cause: error });
    throw translateError(error);
  } finally {
    clearTimeout(timer);
    clearTimeout(deadline);
    clearInterval(watch);
  }
}

function watchMemory(
  pool: NonNullable<Slot['pool']>,
  limit: number,
  stop: (failure: DocumentWorkerFailure) => void,
): void {
  for (const thread of pool.threads) {
    thread.getHeapStatistics().then(
      ({ used_heap_size, external_memory }) => {
        if (used_heap_size + external_memory > limit) stop('memory');
      },
      // The worker has just ended; its job says how.
      () => {},
    );
  }
}

function failureOf(reason: unknown): DocumentWorkerFailure {
  return reason === 'timeout' || reason === 'memory' || reason === 'busy' ? reason : 'crashed';
}

/** Errors the job threw itself pass through; the worker's own end becomes a DocumentWorkerError. */
function translateError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new DocumentWorkerError('memory', { cause: error });
  if (/worker exited|thread termination|terminating worker/i.test(error.message)) {
    return new DocumentWorkerError('crashed', { cause: error });
  }
  return error;
}
