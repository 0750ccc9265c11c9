import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobQueue, type JobQueueOptions } from '../../src/platform/jobs/create-job-queue.ts';
import type { Job, JobPayload, JobQueue } from '../../src/platform/jobs/job-queue.ts';
import { createLogger } from '../../src/platform/observability/logger.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases/test-database.ts';

let test: TestDatabase;
let lines: string[];
let queues: JobQueue[];

beforeEach(async () => {
  test = await openTestDatabase({ migrations: 'none' });
  lines = [];
  queues = [];
});

afterEach(async () => {
  for (const queue of queues) await queue.stop({ drainMs: 0 });
  await test.close();
});

function createQueue(options: Partial<JobQueueOptions> = {}): JobQueue {
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ level: 'info', destination });
  const queue = createJobQueue({ database: test.database, logger, ...options });
  queues.push(queue);
  return queue;
}

/** Remembers payloads and lets a test wait for the n-th. */
function recorder() {
  const seen: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    seen,
    handle: async (job: Job<JobPayload>) => {
      seen.push(String(job.payload.id));
      for (const waiter of waiting) if (seen.length >= waiter.count) waiter.resolve();
    },
    reached: (count: number) => {
      if (seen.length >= count) return Promise.resolve();
      return new Promise<void>((resolve) => waiting.push({ count, resolve }));
    },
  };
}

describe('a queue drained by hand', () => {
  it('handles each job once, with its payload and the first attempt', async () => {
    const queue = createQueue();
    const jobs: Job<{ id: string }>[] = [];
    queue.define<{ id: string }>('deliver', async (job) => {
      jobs.push(job);
    });
    await queue.start({ workers: false });
    await queue.enqueue('deliver', { id: 'd1' });
    await queue.enqueue('deliver', { id: 'd2' });
    await queue.enqueueMany('deliver', [{ payload: { id: 'd3' } }]);
    expect(await queue.drain()).toBe(3);
    expect(await queue.drain()).toBe(0);
    expect(jobs.map((job) => [job.payload.id, job.attempt])).toEqual([
      ['d1', 1],
      ['d2', 1],
      ['d3', 1],
    ]);
  });

  it('handles what handlers enqueue, across queues', async () => {
    const queue = createQueue();
    const delivered = recorder();
    queue.define('submit', async (job) => queue.enqueue('deliver', job.payload));
    queue.define('deliver', delivered.handle);
    await queue.start({ workers: false });
    await queue.enqueue('submit', { id: 's1' });
    expect(await queue.drain()).toBe(2);
    expect(delivered.seen).toEqual(['s1']);
  });

  it('leaves a delayed job alone until its time', async () => {
    const now = new Date('2030-01-01T00:00:00Z');
    const queue = createQueue({ clock: { now: () => now } });
    const delivered = recorder();
    queue.define('deliver', delivered.handle);
    await queue.start({ workers: false });
    await queue.enqueue('deliver', { id: 'later' }, { startAfter: new Date('2030-01-01T01:00:00Z') });
    await queue.enqueue('deliver', { id: 'past' }, { startAfter: new Date('2029-12-31T00:00:00Z') });
    expect(await queue.drain()).toBe(1);
    expect(await queue.drain({ includeDelayed: true })).toBe(1);
    expect(delivered.seen).toEqual(['past', 'later']);
  });

  it('runs a failed job again, up to its limit, and then gives it up with a log line', async () => {
    const queue = createQueue();
    const attempts: number[] = [];
    queue.define(
      'poison',
      async (job) => {
        attempts.push(job.attempt);
        throw new Error('patient Jane Doe');
      },
      { retryLimit: 2 },
    );
    await queue.start({ workers: false });
    await queue.enqueue('poison', { id: 'p1' });
    expect(await queue.drain()).toBe(1);
    expect(await queue.drain({ includeDelayed: true })).toBe(2);
    expect(await queue.drain({ includeDelayed: true })).toBe(0);
    expect(attempts).toEqual([1, 2, 3]);
    const messages = lines
      .map((line) => JSON.parse(line))
      .map(({ level, msg, attempt }) => [level, msg, attempt]);
    expect(messages).toEqual([
      ['warn', 'a job failed and will be run again', 1],
      ['warn', 'a job failed and will be run again', 2],
      ['error', 'a job failed for the last time and was given up', 3],
    ]);
  });

  it('keeps nothing of a foreign error but its type', async () => {
    const queue = createQueue();
    queue.define('poison', () => Promise.reject(new Error('patient Jane Doe')), { retryLimit: 0 });
    await queue.start({ workers: false });
    await queue.enqueue('poison', { id: 'p1' });
    await queue.drain();
    const rows = await test.database.query<{ row: unknown }>(
      `select to_jsonb(job) as row from ${test.schema}_jobs.job where name = 'poison'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows).toMatchObject([{ row: { state: 'failed', output: { message: 'Error' } } }]);
    expect(JSON.stringify(rows) + lines.join()).not.toContain('Jane');
  });

  it('ends with an error when a handler enqueues itself for ever', async () => {
    const queue = createQueue();
    queue.define('loop', (job) => queue.enqueue('loop', job.payload));
    await queue.start({ workers: false });
    await queue.enqueue('loop', { id: 'l1' });
    await expect(queue.drain({ limit: 5 })).rejects.toThrow(
      'More than 5 jobs were due; the last was of loop.',
    );
  });
});

describe('jobs with a key', () => {
  it('wait once each', async () => {
    const queue = createQueue();
    const delivered = recorder();
    queue.define('deliver', delivered.handle);
    await queue.start({ workers: false });
    await queue.enqueue('deliver', { id: 'a1' }, { singletonKey: 'a' });
    await queue.enqueue('deliver', { id: 'a2' }, { singletonKey: 'a' });
    await queue.enqueueMany('deliver', [
      { payload: { id: 'b1' }, singletonKey: 'b' },
      { payload: { id: 'b2' }, singletonKey: 'b' },
      { payload: { id: 'none1' } },
      { payload: { id: 'none2' } },
    ]);
    await queue.drain();
    expect(delivered.seen.sort()).toEqual(['a1', 'b1', 'none1', 'none2']);
    await queue.enqueue('deliver', { id: 'a3' }, { singletonKey: 'a' });
    expect(await queue.drain()).toBe(1);
  });

  it('are woken now although one waits for later', async () => {
    const queue = createQueue();
    const delivered = recorder();
    queue.define('deliver', delivered.handle);
    await queue.start({ workers: false });
    const startAfter = new Date(Date.now() + 3_600_000);
    await queue.enqueue('deliver', { id: 'later' }, { singletonKey: 'a', startAfter });
    await queue.enqueue('deliver', { id: 'later again' }, { singletonKey: 'a', startAfter });
    await queue.enqueue('deliver', { id: 'now' }, { singletonKey: 'a' });
    expect(await queue.drain()).toBe(1);
    expect(await queue.drain({ includeDelayed: true })).toBe(1);
    expect(delivered.seen).toEqual(['now', 'later']);
  });

  it('can wait while one with the same key runs', async () => {
    const queue = createQueue();
    const seen: string[] = [];
    queue.define('deliver', async (job) => {
      seen.push(String(job.payload.id));
      if (seen.length === 1) await queue.enqueue('deliver', { id: 'second' }, { singletonKey: 'a' });
    });
    await queue.start({ workers: false });
    await queue.enqueue('deliver', { id: 'first' }, { singletonKey: 'a' });
    await queue.drain();
    expect(seen).toEqual(['first', 'second']);
  });
});

describe('enqueueing', () => {
  it('is refused inside a transaction and works after its commit', async () => {
    const queue = createQueue();
    queue.define('deliver', async () => undefined);
    await queue.start({ workers: false });
    const inside = test.database.transaction(() => queue.enqueue('deliver', { id: 'd1' }));
    await expect(inside).rejects.toThrow('Jobs of deliver must be enqueued after the commit.');
    await test.database.transaction(async (transaction) => {
      transaction.afterCommit(() => queue.enqueue('deliver', { id: 'd2' }));
    });
    expect(await queue.drain()).toBe(1);
  });

  it('is refused for a queue nobody defined', async () => {
    const queue = createQueue();
    await queue.start({ workers: false });
    await expect(queue.enqueue('unknown', { id: 'd1' })).rejects.toThrow(
      'No job queue named unknown is defined.',
    );
  });

  it('logs and resolves when the database refuses', async () => {
    const queue = createQueue();
    queue.define('deliver', async () => undefined);
    await queue.start({ workers: false });
    await test.database.execute(`drop schema ${test.schema}_jobs cascade`);
    await queue.enqueue('deliver', { id: 'd1' });
    expect(lines.join()).toContain('jobs were not enqueued; the sweeper will find them');
  });
});

describe('workers', () => {
  it('handle what is enqueued, a backlog without waiting for polls', async () => {
    const queue = createQueue();
    const delivered = recorder();
    queue.define('deliver', delivered.handle, { concurrency: 1 });
    await queue.start();
    const started = performance.now();
    await queue.enqueueMany(
      'deliver',
      Array.from({ length: 50 }, (_, id) => ({ payload: { id } })),
    );
    await delivered.reached(50);
    expect(new Set(delivered.seen).size).toBe(50);
    // One poll alone lasts 5 s.
    expect(performance.now() - started).toBeLessThan(4_500);
  });

  it('find the jobs another process left behind', async () => {
    const before = createQueue();
    before.define('deliver', async () => undefined);
    await before.start({ workers: false });
    await before.enqueue('deliver', { id: 'left' });
    await before.stop();
    const after = createQueue();
    const delivered = recorder();
    after.define('deliver', delivered.handle);
    await after.start();
    await delivered.reached(1);
    expect(delivered.seen).toEqual(['left']);
  });

  it('run a failed job again', async () => {
    const queue = createQueue();
    const attempts: number[] = [];
    const { promise: second, resolve } = Promise.withResolvers<void>();
    queue.define(
      'deliver',
      async (job) => {
        attempts.push(job.attempt);
        if (job.attempt === 1) throw new Error('first time unlucky');
        resolve();
      },
      { retryDelaySeconds: 0, concurrency: 1 },
    );
    await queue.start();
    await queue.enqueue('deliver', { id: 'd1' });
    await second;
    expect(attempts).toEqual([1, 2]);
  });

  it('finish what they began before the queue stops', async () => {
    const queue = createQueue();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    let steps = 0;
    queue.define('deliver', async () => {
      begin();
      while (steps < 100) {
        await test.database.query('select 1');
        steps++;
      }
    });
    await queue.start();
    await queue.enqueue('deliver', { id: 'd1' });
    await begun;
    await queue.stop();
    expect(steps).toBe(100);
    expect(await stateOf('deliver')).toEqual(['completed']);
  });

  it('abort what does not finish in time and leave it for a retry', async () => {
    const queue = createQueue();
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
    queue.define('deliver', (job) => {
      begin(job.signal);
      return new Promise((_resolve, reject) => {
        job.signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      });
    });
    await queue.start();
    await queue.enqueue('deliver', { id: 'd1' });
    const signal = await begun;
    expect(signal.aborted).toBe(false);
    await queue.stop({ drainMs: 0 });
    expect(signal.aborted).toBe(true);
    expect(await stateOf('deliver')).toEqual(['retry']);
  });
});

describe('sweepers', () => {
  it('run by hand in order of declaration', async () => {
    const queue = createQueue();
    const ran: string[] = [];
    queue.addSweeper('first', 60_000, async () => {
      ran.push('first');
    });
    queue.addSweeper('second', 60_000, async () => {
      ran.push('second');
    });
    await queue.start({ workers: false });
    await queue.sweep();
    expect(ran).toEqual(['first', 'second']);
  });
});

async function stateOf(queue: string): Promise<string[]> {
  const rows = await test.database.query<{ state: string }>(
    `select state::text as state from ${test.schema}_jobs.job where name = $1`,
    [queue],
  );
  return rows.map((row) => row.state);
}
