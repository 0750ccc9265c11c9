import type { Clock } from '../../../src/platform/clock.ts';

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

/** Stands still until it is told to move. Begins on the day of the contract's examples. */
export function createTestClock(start = '2026-03-13T17:00:00.000Z'): TestClock {
  let now = new Date(start).getTime();
  return {
    now: () => new Date(now),
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}
