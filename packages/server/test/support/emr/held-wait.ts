import type { Wait } from '../../../src/emr/simulator/wait.ts';

/** Time that passes when the test says so. */
export interface HeldWait {
  readonly wait: Wait;
  /** Resolves once the simulator waits. */
  reached(): Promise<void>;
  /** Every wait so far is over; resolves when what came of it was done. */
  release(): Promise<void>;
}

export function createHeldWait(): HeldWait {
  let begun = Promise.withResolvers<void>();
  let waiting: (() => void)[] = [];
  return {
    wait: (_milliseconds, signal) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
        begun.resolve();
      }),
    reached: () => begun.promise,
    async release() {
      for (const resolve of waiting) resolve();
      waiting = [];
      begun = Promise.withResolvers();
      // The simulator goes on in the microtasks after this one.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
