import type { DocumentJob, DocumentResults } from './document-job.ts';
import { type DocumentProcess, startDocumentProcess } from './document-process.ts';
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

/** Room for one process, which is started when there is work and again after it ended. */
interface Slot {
  process: DocumentProcess | undefined;
  /** What it held before its first job. */
  freshBytes: number;
  idle: NodeJS.Timeout | undefined;
}

const startTimeoutMs = 60_000;
const idleTimeoutMs = 60_000;
const memoryCheckMs = 50;
const bytesPerMb = 1024 * 1024;

export function createWorkerPool(options: {
  readonly workers: number;
  readonly memoryLimitMb: number;
  /** Jobs with a deadline that wait at most; those without bound themselves. */
  readonly maxWaiting?: number;
}): WorkerPool {
  const { workers, memoryLimitMb, maxWaiting = 32 } = options;
  const limitBytes = memoryLimitMb * bytesPerMb;
  const slots = Array.from({ length: workers }, (): Slot => {
    return { process: undefined, freshBytes: 0, idle: undefined };
  });
  const turns = createTurns(slots, maxWaiting);

  return {
    async run(job, timeoutMs, deadlineMs) {
      const endsAt = deadlineMs === undefined ? undefined : performance.now() + deadlineMs;
      const slot = await turns.take(deadlineMs);
      clearTimeout(slot.idle);
      try {
        // A process started now would outlive the close.
        if (turns.isClosed()) throw new DocumentWorkerError('closed');
        // Starting takes a second or more on a busy machine, which is not the job's time.
        const process = await readyProcess(slot, limitBytes, endsAt);
        const bounds = { timeoutMs, endsAt, maximumBytes: slot.freshBytes + limitBytes };
        // The process answers in the shape of the job's kind; see runDocumentJob.
        return (await runGuarded(process, job, bounds)) as DocumentResults[typeof job.kind];
      } finally {
        await settle(slot, limitBytes);
        turns.giveBack(slot);
      }
    },
    async close() {
      turns.close();
      for (const slot of slots) {
        clearTimeout(slot.idle);
        slot.process?.kill();
      }
    },
  };
}

async function readyProcess(
  slot: Slot,
  limitBytes: number,
  endsAt: number | undefined,
): Promise<DocumentProcess> {
  if (slot.process !== undefined && !slot.process.hasEnded()) return slot.process;
  // Half as much again: the kill at the limit is to come before V8's own end, which may leave a core dump.
  const process = startDocumentProcess(Math.ceil((limitBytes / bytesPerMb) * 1.5));
  slot.process = process;
  const maximumBytes = Number.POSITIVE_INFINITY;
  await runGuarded(process, { kind: 'start' }, { timeoutMs: startTimeoutMs, endsAt, maximumBytes });
  slot.freshBytes = (await process.residentBytes()) ?? 0;
  return process;
}

/** After a job: what has grown large gives its memory back by ending, what has nothing to do ends after a while. */
async function settle(slot: Slot, limitBytes: number): Promise<void> {
  const held = (await slot.process?.residentBytes()) ?? 0;
  if (held - slot.freshBytes > limitBytes / 2) slot.process?.kill();
  slot.idle = setTimeout(() => slot.process?.kill(), idleTimeoutMs).unref();
}

interface Bounds {
  readonly timeoutMs: number;
  /** Of the whole process. */
  readonly maximumBytes: number;
  /** By `performance.now()`; undefined for a job nobody waits for. */
  readonly endsAt: number | undefined;
}

/** Runs a job and kills its process when it takes too long or too much. */
async function runGuarded(
  process: DocumentProcess,
  job: DocumentJob,
  { timeoutMs, maximumBytes, endsAt }: Bounds,
): Promise<DocumentResults[DocumentJob['kind']]> {
  const stop = (failure: DocumentWorkerFailure) => process.kill(failure);
  const timer = setTimeout(stop, timeoutMs, 'timeout');
  const deadline =
    endsAt === undefined ? undefined : setTimeout(stop, Math.max(0, endsAt - performance.now()), 'busy');
  const look = (held: number | undefined) => {
    if (held !== undefined && held > maximumBytes) stop('memory');
  };
  const watch = setInterval(() => void process.residentBytes().then(look), memoryCheckMs);
  try {
    return await process.run(job);
  } finally {
    clearTimeout(timer);
    clearTimeout(deadline);
    clearInterval(watch);
  }
}
