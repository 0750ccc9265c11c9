import { setTimeout as delay } from 'node:timers/promises';

/** Time passing, injected so that tests need not wait for it. Resolves early when the signal is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const realWait: Wait = (milliseconds, signal) =>
  delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
