import { DocumentWorkerError } from './document-worker-error.ts';

export interface Turns<Slot> {
  /**
   * Waits for a free slot; with `deadlineMs` at most that long, and not at all when too many wait that way already.
   * @throws DocumentWorkerError `busy`, `closed`
   */
  take(deadlineMs: number | undefined): Promise<Slot>;
  giveBack(slot: Slot): void;
  /** Refuses whoever waits, and whoever asks from now on. */
  close(): void;
  isClosed(): boolean;
}

interface Waiting<Slot> {
  readonly hasDeadline: boolean;
  readonly give: (slot: Slot) => void;
  readonly refuse: (error: DocumentWorkerError) => void;
}

/** Lends each slot to one at a time, first come, first served. */
export function createTurns<Slot>(slots: readonly Slot[], maxWaiting: number): Turns<Slot> {
  const free = [...slots];
  let waiting: Waiting<Slot>[] = [];
  let isClosed = false;

  async function wait(deadlineMs: number | undefined): Promise<Slot> {
    const { promise, resolve: give, reject: refuse } = Promise.withResolvers<Slot>();
    const turn: Waiting<Slot> = { hasDeadline: deadlineMs !== undefined, give, refuse };
    waiting.push(turn);
    const giveUp = () => {
      waiting = waiting.filter((other) => other !== turn);
      refuse(new DocumentWorkerError('busy'));
    };
    const timer = deadlineMs === undefined ? undefined : setTimeout(giveUp, deadlineMs);
    return promise.finally(() => clearTimeout(timer));
  }

  return {
    async take(deadlineMs) {
      if (isClosed) throw new DocumentWorkerError('closed');
      const slot = free.pop();
      if (slot !== undefined) return slot;
      const isFull = waiting.filter(({ hasDeadline }) => hasDeadline).length >= maxWaiting;
      if (deadlineMs !== undefined && isFull) throw new DocumentWorkerError('busy');
      return wait(deadlineMs);
    },
    giveBack(slot) {
      const next = waiting.shift();
      if (next === undefined) free.push(slot);
      else next.give(slot);
    },
    close() {
      isClosed = true;
      for (const { refuse } of waiting.splice(0)) refuse(new DocumentWorkerError('closed'));
    },
    isClosed: () => isClosed,
  };
}
