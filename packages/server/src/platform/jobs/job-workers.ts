/** The workers of one process: as many pg-boss workers a queue as its concurrency says. */

import { setTimeout as delay } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import type { Logger } from '../observability/logger.ts';
import type { JobDefinition } from './job-definition.ts';
import { runJob } from './run-job.ts';

export interface JobWorkers {
  start(definitions: readonly JobDefinition[]): Promise<void>;
  /** Has up to `count` idle workers of the queue look for a job now. Busy ones look again by themselves. */
  nudge(name: string, count: number): void;
  /** Takes no more jobs and waits for those running, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
  /** Gives aborted handlers a moment to notice. */
  settle(): Promise<void>;
}

/** Retries and delayed jobs come without a sign, so polling bounds how late they are. */
const polling = { pollingIntervalSeconds: 5, notifyPollingIntervalSeconds: 5 };

interface Worker {
  readonly queue: string;
  id: string | undefined;
  isBusy: boolean;
}

export function createJobWorkers(boss: PgBoss, logger: Logger): JobWorkers {
  const running = new Set<Promise<void>>();
  const workers: Worker[] = [];

  function lookAgain(worker: Worker): void {
    if (worker.id !== undefined) boss.notifyWorker(worker.id);
  }

  async function startOne(definition: JobDefinition): Promise<void> {
    const worker: Worker = { queue: definition.name, id: undefined, isBusy: false };
    workers.push(worker);
    worker.id = await boss.work(definition.name, polling, async ([job]) => {
      if (job === undefined) return;
      // After this job at once, not at the next poll: a batch of one shows no other sign of a backlog.
      lookAgain(worker);
      worker.isBusy = true;
      const run = runJob(definition, job, logger).finally(() => {
        worker.isBusy = false;
        running.delete(run);
      });
      running.add(run);
      await run;
    });
  }

  return {
    start: async (definitions) => {
      for (const definition of definitions) {
        for (let count = 0; count < definition.concurrency; count++) await startOne(definition);
      }
    },
    nudge: (name, count) => {
      const idle = workers.filter((worker) => worker.queue === name && !worker.isBusy);
      for (const worker of idle.slice(0, count)) lookAgain(worker);
    },
    stop: async (drainMs) => {
      const names = new Set(workers.map((worker) => worker.queue));
      await within(drainMs, Promise.all([...names].map((name) => boss.offWork(name, { wait: true }))));
    },
    settle: () => within(1_000, Promise.allSettled(running)),
  };
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const deadline = new AbortController();
  await Promise.race([work, delay(timeoutMs, undefined, { signal: deadline.signal }).catch(() => undefined)]);
  deadline.abort();
}
