import type { Clock } from '../../platform/clock.ts';
import { type Answer, refusal } from './outcomes.ts';

export interface CallLimitOptions {
  readonly callsPerMinute: number;
  /** eClinicalWorks sends none: it blocks until the minute is over. */
  readonly retryAfter: boolean;
}

/** Counts calls in fixed minutes, as the EMR sees them. Undefined: the call may pass. */
export function createCallLimit(
  options: CallLimitOptions | undefined,
  clock: Clock,
): () => Answer | undefined {
  let startedAt = Number.NEGATIVE_INFINITY;
  let calls = 0;
  return () => {
    if (options === undefined) return undefined;
    const now = clock.now().getTime();
    if (now - startedAt >= 60_000) {
      startedAt = now;
      calls = 0;
    }
    calls += 1;
    if (calls <= options.callsPerMinute) return undefined;
    const seconds = Math.ceil((startedAt + 60_000 - now) / 1000);
    const answer = refusal(429, { code: 'throttled' });
    return options.retryAfter ? { ...answer, headers: { 'retry-after': String(seconds) } } : answer;
  };
}
