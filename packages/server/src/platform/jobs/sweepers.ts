/** Work that runs on a timer of ours, so that it needs no cron and a test can run it by hand. */

import { asSystem } from '../database/database-scope.ts';
import type { Logger } from '../observability/logger.ts';

/** Calls `work` every `everyMs` until the returned function is called. */
export type RepeatTimer = (everyMs: number, work: () => void) => () => void;

export interface Sweepers {
  add(name: string, everyMs: number, work: () => Promise<void>): void;
  start(): void;
  runAll(): Promise<void>;
  /** Ends the timers and waits for what is running. */
  stop(): Promise<void>;
}

interface Sweeper {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<void>;
}

export const repeatTimer: RepeatTimer = (everyMs, work) => {
  const timer = setInterval(work, everyMs);
  return () => clearInterval(timer);
};

export function createSweepers(logger: Logger, repeat: RepeatTimer): Sweepers {
  const sweepers: Sweeper[] = [];
  const running = new Map<string, Promise<void>>();
  let timers: (() => void)[] = [];

  /** Skipped while the last run is still going on: a slow database is not helped by a second one. */
  function tick(sweeper: Sweeper): void {
    if (running.has(sweeper.name)) return;
    const run = sweeper
      .work()
      .catch((error: unknown) => logger.error({ sweeper: sweeper.name, err: error }, 'a sweep failed'))
      .finally(() => running.delete(sweeper.name));
    running.set(sweeper.name, run);
  }

  return {
    add: (name, everyMs, work) => {
      // A sweep looks for due rows of all organizations.
      sweepers.push({ name, everyMs, work: () => asSystem(work) });
    },
    start: () => {
      timers = sweepers.map((sweeper) => repeat(sweeper.everyMs, () => tick(sweeper)));
    },
    runAll: async () => {
      for (const sweeper of sweepers) await sweeper.work();
    },
    stop: async () => {
      for (const stopTimer of timers) stopTimer();
      timers = [];
      await Promise.all(running.values());
    },
  };
}
