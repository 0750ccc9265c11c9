import type { OutboundFailure } from '../platform/outbound/outbound-errors.ts';
import type { RetrySchedule } from './endpoint.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

interface Schedule {
  /** Before each attempt, in milliseconds; as many as there are attempts. */
  readonly delaysMs: readonly number[];
  /** A delay is made up to this part longer or shorter, so that what failed together does not come back together. */
  readonly jitter: number;
  /** Of an attempt, by its number less 1; the last stands for all later ones. */
  readonly timeoutsMs: readonly number[];
  readonly mayRetry: (result: AttemptResult) => boolean;
}

/** What came of an attempt: an answer's status, or why there is none. */
export interface AttemptResult {
  readonly statusCode: number | undefined;
  readonly error: OutboundFailure | undefined;
}

const schedules: Readonly<Record<RetrySchedule, Schedule>> = {
  // The sample schedule of Standard Webhooks: 75 h 35 min in all.
  standard: {
    delaysMs: [
      0,
      5 * second,
      5 * minute,
      30 * minute,
      2 * hour,
      5 * hour,
      10 * hour,
      14 * hour,
      20 * hour,
      24 * hour,
    ],
    jitter: 0.1,
    timeoutsMs: [15 * second],
    mayRetry: () => true,
  },
  // Contract claims.md, 4.3.
  vendor: {
    delaysMs: [0, second],
    jitter: 0,
    timeoutsMs: [5 * second, 2 * second],
    mayRetry: ({ statusCode, error }) => {
      if (error !== undefined) return error !== 'timeout' && error !== 'connect_timeout';
      return statusCode === undefined || statusCode === 429 || statusCode < 400 || statusCode >= 500;
    },
  },
};

/** A receiver says when to come back; not later than this. */
const maximumRetryAfterMs = 24 * hour;

export type NextStep =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'failed' };

/**
 * What follows an attempt. 410 says that nobody listens any more, so there is no retry (Standard Webhooks); a redirect
 * is a failure, like everything but 2xx.
 * @param attemptNumber from 1
 * @param random from 0 up to 1
 * @param retryAfterMs how long the receiver asked to be left alone
 */
export function nextStep(
  schedule: RetrySchedule,
  attemptNumber: number,
  result: AttemptResult,
  random: number,
  retryAfterMs = 0,
): NextStep {
  const { statusCode } = result;
  if (statusCode !== undefined && statusCode >= 200 && statusCode < 300) return { kind: 'succeeded' };
  const { delaysMs, jitter, mayRetry } = schedules[schedule];
  const delayMs = delaysMs[attemptNumber];
  if (delayMs === undefined || statusCode === 410 || !mayRetry(result)) return { kind: 'failed' };
  const spreadMs = Math.round(delayMs * (1 + jitter * (2 * random - 1)));
  return { kind: 'retry', delayMs: Math.max(spreadMs, Math.min(retryAfterMs, maximumRetryAfterMs)) };
}

/** @param attemptNumber from 1 */
export function attemptTimeoutMs(schedule: RetrySchedule, attemptNumber: number): number {
  const { timeoutsMs } = schedules[schedule];
  return timeoutsMs[attemptNumber - 1] ?? timeoutsMs.at(-1) ?? 0;
}

/**
 * `Retry-After` in milliseconds from now (RFC 9110, 10.2.3): whole seconds, or a date. Undefined for anything else, a
 * negative number among it, and for a moment that has passed.
 */
export function readRetryAfter(header: string | string[] | undefined, now: Date): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,12}$/.test(header)) return Number(header) * second;
  // Of all the forms `Date` would read, only the one HTTP writes: `Fri, 13 Mar 2026 17:00:00 GMT`.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return undefined;
  const waitMs = new Date(header).getTime() - now.getTime();
  return waitMs > 0 ? waitMs : undefined;
}
