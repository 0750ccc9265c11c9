import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { createSweepers, type RepeatTimer } from './sweepers.ts';

/** Timers a test fires by hand. */
function manualTimers() {
  const works = new Map<number, () => void>();
  const repeat: RepeatTimer = (everyMs, work) => {
    works.set(everyMs, work);
    return () => works.delete(everyMs);
  };
  return { repeat, fire: (everyMs: number) => works.get(everyMs)?.(), isStopped: () => works.size === 0 };
}

function loggerInto(lines: string[]) {
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return createLogger({ level: 'info', destination });
}

describe('sweepers', () => {
  it('run on their timers, never twice at once, and end with the last run', async () => {
    const timers = manualTimers();
    const sweepers = createSweepers(loggerInto([]), timers.repeat);
    const runs: (() => void)[] = [];
    sweepers.add('due', 1_000, () => new Promise((resolve) => runs.push(resolve)));
    sweepers.start();
    timers.fire(1_000);
    timers.fire(1_000);
    expect(runs).toHaveLength(1);
    runs[0]?.();
    await new Promise(setImmediate);
    timers.fire(1_000);
    expect(runs).toHaveLength(2);

    let isStopped = false;
    const stopping = sweepers.stop().then(() => {
      isStopped = true;
    });
    expect(timers.isStopped()).toBe(true);
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    runs[1]?.();
    await stopping;
  });

  it('go on after a failure, which is logged', async () => {
    const lines: string[] = [];
    const timers = manualTimers();
    const sweepers = createSweepers(loggerInto(lines), timers.repeat);
    let runs = 0;
    sweepers.add('due', 1_000, async () => {
      runs++;
      if (runs === 1) throw new Error('the database is away');
    });
    sweepers.start();
    timers.fire(1_000);
    await new Promise(setImmediate);
    timers.fire(1_000);
    await sweepers.stop();
    expect(runs).toBe(2);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ sweeper: 'due', msg: 'a sweep failed' }]);
  });

  it('reject when run by hand and one fails', async () => {
    const sweepers = createSweepers(loggerInto([]), manualTimers().repeat);
    sweepers.add('due', 1_000, () => Promise.reject(new Error('the database is away')));
    await expect(sweepers.runAll()).rejects.toThrow('the database is away');
  });
});
