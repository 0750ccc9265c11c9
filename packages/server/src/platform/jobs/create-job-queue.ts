/** The job queue on pg-boss, on both databases. */

import { randomUUID } from 'node:crypto';
import type { JobInsert, PgBoss } from 'pg-boss';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { EmbeddedDatabase } from '../database/embedded-database.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import type { Logger } from '../observability/logger.ts';
import { drainJobs } from './drain-jobs.ts';
import { type JobDefinition, jobDefinition, storedSettings } from './job-definition.ts';
import type { JobHandler, JobPayload, JobQueue, JobToEnqueue } from './job-queue.ts';
import { createJobWorkers } from './job-workers.ts';
import { openBoss, type PostgresEngine } from './open-boss.ts';
import { createSweepers, type RepeatTimer, repeatTimer } from './sweepers.ts';

export interface JobQueueOptions {
  readonly database: EmbeddedDatabase | PostgresDatabase;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  readonly engine?: PostgresEngine | undefined;
  /** How sweepers repeat. */
  readonly repeat?: RepeatTimer | undefined;
}

/** A queue in the database; nothing happens before `start`. */
export function createJobQueue(options: JobQueueOptions): JobQueue {
  const { database, logger } = options;
  const clock = options.clock ?? systemClock;
  const boss = openBoss(database, options.engine ?? 'postgres', logger);
  const definitions = new Map<string, JobDefinition>();
  const sweepers = createSweepers(logger, options.repeat ?? repeatTimer);
  const workers = createJobWorkers(boss, logger);

  async function enqueueMany(name: string, jobs: readonly JobToEnqueue[]): Promise<void> {
    if (!definitions.has(name)) throw new Error(`No job queue named ${name} is defined.`);
    if (database.isInsideTransaction()) throw new Error(`Jobs of ${name} must be enqueued after the commit.`);
    if (jobs.length === 0) return;
    try {
      await boss.insert(
        name,
        jobs.map((job) => jobInsert(job, clock.now())),
      );
      workers.nudge(name, jobs.length);
    } catch (error) {
      logger.error(
        { queue: name, jobs: jobs.length, err: error },
        'jobs were not enqueued; the sweeper will find them',
      );
    }
  }

  return {
    define: (name, handler, jobOptions) => {
      if (definitions.has(name)) throw new Error(`The job queue ${name} is defined twice.`);
      // The payload's type is the caller's claim about what it enqueues under this name.
      definitions.set(name, jobDefinition(name, handler as JobHandler<JobPayload>, jobOptions));
    },
    addSweeper: (name, everyMs, work) => sweepers.add(name, everyMs, work),
    start: async ({ workers: withWorkers = true } = {}) => {
      await boss.start();
      await prepareQueues(boss, [...definitions.values()]);
      if (!withWorkers) return;
      await workers.start([...definitions.values()]);
      sweepers.start();
    },
    enqueue: (name, payload, enqueueOptions) => enqueueMany(name, [{ payload, ...enqueueOptions }]),
    enqueueMany,
    sweep: () => sweepers.runAll(),
    drain: (drainOptions) => drainJobs(boss, [...definitions.values()], logger, drainOptions),
    stop: async ({ drainMs = 10_000 } = {}) => {
      await sweepers.stop();
      await workers.stop(drainMs);
      // Whatever still runs is failed, for a retry elsewhere, and its signal aborted.
      await boss.stop({ graceful: false });
      await workers.settle();
    },
  };
}

function jobInsert(job: JobToEnqueue, now: Date): JobInsert {
  const delaySeconds = job.startAfter === undefined ? 0 : (job.startAfter.getTime() - now.getTime()) / 1_000;
  if (delaySeconds <= 0) return { data: job.payload, singletonKey: job.singletonKey ?? randomUUID() };
  return {
    data: job.payload,
    // Relative, so that only the database's clock counts.
    startAfter: `${delaySeconds} seconds`,
    // The time is part of the key: a job due in an hour must not swallow the wake-up for now.
    singletonKey: `${job.singletonKey ?? randomUUID()}@${job.startAfter?.getTime()}`,
  };
}

/** The policy `short` keeps one waiting job per key. It cannot be changed later; the rest is brought up to date. */
async function prepareQueues(boss: PgBoss, definitions: readonly JobDefinition[]): Promise<void> {
  const existing = new Set((await boss.getQueues()).map((queue) => queue.name));
  for (const definition of definitions) {
    if (existing.has(definition.name)) await boss.updateQueue(definition.name, storedSettings(definition));
    else await boss.createQueue(definition.name, { ...storedSettings(definition), policy: 'short' });
  }
}
