import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './platform/observability/logger.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** A process that ended is replaced after this long, so that one which cannot live does not take the machine. */
const replacementDelayMs = 1_000;

/**
 * Serves one port with several processes: a process is one busy thread, whatever the machine has. They know nothing of
 * each other, like servers on several machines; this one only starts, replaces and stops them, and hands connections
 * out in turns. The first starts alone, because a start may migrate the database. If this process is killed, Node ends
 * the others.
 */
export async function serveProcesses(count: number, logger: Logger): Promise<void> {
  let isStopping = false;
  const replaceAtEnd = (worker: Worker): void => {
    worker.once('exit', (exitCode, signal) => {
      if (isStopping) return;
      logger.error({ exitCode, signal }, 'a server process ended; another one takes its place');
      delay(replacementDelayMs).then(() => isStopping || replaceAtEnd(cluster.fork()));
    });
  };
  stopOnSignal(async () => {
    isStopping = true;
    await Promise.all(runningWorkers().map(stopWorker));
  });
  const first = cluster.fork();
  if (!(await hasStarted(first))) {
    // It has said why.
    process.exitCode = 1;
    return;
  }
  replaceAtEnd(first);
  for (let started = 1; started < count; started += 1) replaceAtEnd(cluster.fork());
}

/** Whether it listens; false when it ended instead. */
async function hasStarted(worker: Worker): Promise<boolean> {
  const ended = once(worker, 'exit').then(() => false);
  const listening = once(worker, 'listening').then(() => true);
  return Promise.race([listening, ended]);
}

function runningWorkers(): readonly Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

async function stopWorker(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit');
  worker.process.kill('SIGTERM');
  await ended;
}

/** Several processes would say the same: the first one says it. */
export function isFirstProcess(): boolean {
  return cluster.worker === undefined || cluster.worker.id === 1;
}

export function isProcessOfMany(): boolean {
  return cluster.isWorker;
}

/** Of several processes one that has nothing more to do still listens to the one that started it: no longer. */
export function endAmongMany(): void {
  cluster.worker?.disconnect();
}
