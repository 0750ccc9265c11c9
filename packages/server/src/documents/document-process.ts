import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DocumentJob, DocumentReply, DocumentResults } from './document-job.ts';
import { DocumentWorkerError, type DocumentWorkerFailure } from './document-worker-error.ts';

/** A process of its own that parses and renders documents. What happens to it happens to nobody else. */
export interface DocumentProcess {
  readonly pid: number | undefined;
  /** One at a time. Rejects with DocumentWorkerError when the process ends first, else with what the job threw. */
  run(job: DocumentJob): Promise<DocumentResults[DocumentJob['kind']]>;
  /** Memory it holds, everything included; undefined where the system does not tell (all but Linux), or once it ended. */
  residentBytes(): Promise<number | undefined>;
  /** Ends it at once, whatever it is doing. A job that runs rejects with `failure`, by default `closed`. */
  kill(failure?: DocumentWorkerFailure): void;
  hasEnded(): boolean;
}

const entry = fileURLToPath(new URL('./document-child.ts', import.meta.url));

/** @param heapLimitMb of JavaScript objects; past it V8 aborts the process, so the caller's own limit is lower */
export function startDocumentProcess(heapLimitMb: number): DocumentProcess {
  const child = fork(entry, {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${heapLimitMb}`],
    // What parses strangers' files has no need of the server's secrets, and what it prints may quote them.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let failure: DocumentWorkerFailure | undefined;
  let isOver = false;
  let giveUp: ((error: DocumentWorkerError) => void) | undefined;
  const end = (why: DocumentWorkerFailure) => {
    isOver = true;
    failure ??= why;
    giveUp?.(new DocumentWorkerError(failure));
  };
  child.on('exit', (code, signal) => end(wasHeapExhausted(code, signal) ? 'memory' : 'crashed'));
  child.on('error', () => end('crashed'));
  keepAlive(child, false);

  return {
    pid: child.pid,
    run(job) {
      const { promise, resolve, reject } = Promise.withResolvers<DocumentResults[DocumentJob['kind']]>();
      const receive = (reply: DocumentReply) =>
        'error' in reply ? reject(new Error(reply.error)) : resolve(reply.result);
      giveUp = reject;
      keepAlive(child, true);
      // The child answers each job once, in this shape; see document-child.ts.
      child.once('message', (reply) => receive(reply as DocumentReply));
      if (isOver) end('crashed');
      else child.send(job, (error) => error !== null && end('crashed'));
      return promise.finally(() => {
        child.removeAllListeners('message');
        keepAlive(child, false);
      });
    },
    residentBytes: () => (isOver ? Promise.resolve(undefined) : readResidentBytes(child.pid)),
    kill(why = 'closed') {
      child.kill('SIGKILL');
      end(why);
    },
    hasEnded: () => isOver,
  };
}

/** A process that waits for work keeps nobody from ending; it ends with them. */
function keepAlive(child: ChildProcess, isWanted: boolean): void {
  if (isWanted) child.ref();
  else child.unref();
  // Node's types leave out that the channel can be held and let go of like the process.
  const { channel } = child;
  if (isWanted) channel?.ref();
  else channel?.unref();
}

/** V8 aborts when the heap is full, which a shell reports as 128 + 6. */
function wasHeapExhausted(code: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === 'SIGABRT' || code === 134;
}

async function readResidentBytes(pid: number | undefined): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
