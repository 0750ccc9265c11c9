/** Wake-ups of many writers at once, gathered: one insert into the queue for as many as came in a moment. */

export interface CoalescedWakeUps<Key> {
  /** Returns at once. A key that waits already is not added again. @param afterMs not before this long from now */
  wake(key: Key, afterMs?: number): void;
  /** Sends what waits for nothing but its turn; later wake-ups are dropped, for sweepers to make good. */
  stop(): Promise<void>;
}

export interface CoalescingOptions<Key> {
  readonly nameOf: (key: Key) => string;
  /** Enqueues a job for each. */
  readonly send: (keys: readonly Key[]) => Promise<void>;
  /** At least this long lies between two sends. The first after a pause leaves at once. */
  readonly gapMs: number;
}

export function coalesceWakeUps<Key>({ nameOf, send, gapMs }: CoalescingOptions<Key>): CoalescedWakeUps<Key> {
  let waiting = new Map<string, Key>();
  let sending: Promise<void> | undefined;
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;

  function later(work: () => void, ms: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    // Nobody waits for a wake-up that is not due yet.
    timer.unref();
    timers.add(timer);
  }

  function flush(): void {
    if (sending !== undefined || waiting.size === 0) return;
    const keys = [...waiting.values()];
    waiting = new Map();
    sending = send(keys)
      // `send` tells of its failures itself; the rows are still due.
      .catch(() => undefined)
      .finally(() => {
        if (isStopped) sending = undefined;
        else later(endGap, gapMs);
      });
  }

  function endGap(): void {
    sending = undefined;
    flush();
  }

  return {
    wake(key, afterMs = 0) {
      if (isStopped) return;
      if (afterMs > 0) return later(() => this.wake(key), afterMs);
      waiting.set(nameOf(key), key);
      flush();
    },
    async stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await sending;
      sending = undefined;
      flush();
      await sending;
    },
  };
}
