import { DocumentWorkerError } from './document-worker-error.ts';
import { type DocumentLimits, defaultLimits } from './limits.ts';
import type { DocumentRenderer } from './types.ts';
import { createWorkerPool } from './worker-pool.ts';

export interface DocumentRendererOptions {
  /** Jobs at a time. */
  readonly workers?: number;
  /** For a form or a packet; counted from when a worker takes the job. */
  readonly timeoutMs?: number;
  readonly inspectTimeoutMs?: number;
  /** For an inspection, waiting included: a client is at the other end of it. */
  readonly inspectDeadlineMs?: number;
  /** Jobs with a deadline that wait for a worker; one more is refused as `busy`. */
  readonly maxWaiting?: number;
  /** What a job may add to the memory of a worker, whatever kind of memory it is. */
  readonly memoryLimitMb?: number;
  readonly maxPages?: number;
  readonly maxPixels?: number;
}

/**
 * The documents room. Workers start with the first job and end when idle, so creating one costs nothing.
 *
 * `renderForm` and `renderPacket` reject with DocumentWorkerError on time or memory limit or at their deadline, and with
 * a plain Error when an attachment's local copy is missing. Faults of attachments are `problems` of the answer, never errors.
 * `inspect` answers `too_large` for a file that exhausts its time or memory: the packet could not hold it either. It
 * rejects as `busy` when the workers, not the file, are what takes long.
 */
export function createDocumentRenderer(options: DocumentRendererOptions = {}): DocumentRenderer {
  const { workers = 2, timeoutMs = 60_000, inspectTimeoutMs = 4_500, memoryLimitMb = 768 } = options;
  const { inspectDeadlineMs = 20_000, maxWaiting = 32 } = options;
  const limits: DocumentLimits = {
    maxPages: options.maxPages ?? defaultLimits.maxPages,
    maxPixels: options.maxPixels ?? defaultLimits.maxPixels,
  };
  const pool = createWorkerPool({ workers, memoryLimitMb, maxWaiting });
  return {
    renderForm: (request, { deadlineMs } = {}) =>
      pool.run({ kind: 'form', request, limits }, timeoutMs, deadlineMs),
    renderPacket: (request, { deadlineMs } = {}) =>
      pool.run({ kind: 'packet', request, limits }, timeoutMs, deadlineMs),
    async inspect(file) {
      try {
        return await pool.run(
          { kind: 'inspect', ...file, limits },
          Math.min(inspectTimeoutMs, timeoutMs),
          inspectDeadlineMs,
        );
      } catch (error) {
        if (
          error instanceof DocumentWorkerError &&
          (error.failure === 'timeout' || error.failure === 'memory')
        ) {
          return { kind: 'too_large' };
        }
        throw error;
      }
    },
    close: () => pool.close(),
  };
}
