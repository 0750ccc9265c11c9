import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outboundFailures } from '../platform/outbound/outbound-errors.ts';
import { attemptTimeoutMs, nextStep, readRetryAfter } from './retry-schedule.ts';

const refused = { statusCode: 500, error: undefined };
const hour = 3_600_000;

/** The sample schedule of Standard Webhooks, from the first attempt to the tenth. */
const delaysMs = [5_000, 300_000, 1_800_000, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];

describe('the standard schedule', () => {
  test('has ten attempts over 75 hours and 35 minutes', () => {
    const steps = delaysMs.map((_, index) => nextStep('standard', index + 1, refused, 0.5));
    expect(steps).toEqual(delaysMs.map((delayMs) => ({ kind: 'retry', delayMs })));
    expect(delaysMs.reduce((sum, delayMs) => sum + delayMs)).toBe((75 * 60 + 35) * 60_000 + 5_000);
    expect(nextStep('standard', 10, refused, 0.5)).toEqual({ kind: 'failed' });
  });

  test.each(delaysMs.map((delayMs, index) => [index + 1, delayMs] as const))(
    'keeps each of 1,000 delays after attempt %i within a tenth of %i ms, and spreads them',
    (number, delayMs) => {
      const seen: number[] = [];
      fc.assert(
        fc.property(fc.noBias(fc.nat(999_999)), (millionths) => {
          const step = nextStep('standard', number, refused, millionths / 1_000_000);
          if (step.kind !== 'retry') throw new Error('There is a next attempt.');
          seen.push(step.delayMs);
          return Math.abs(step.delayMs - delayMs) <= delayMs / 10;
        }),
        { numRuns: 1_000 },
      );
      expect(nextStep('standard', number, refused, 0)).toEqual({ kind: 'retry', delayMs: delayMs * 0.9 });
      expect(new Set(seen).size).toBeGreaterThan(100);
    },
  );

  test('takes 2xx for a success and everything else for a failure that is tried again, but 410', () => {
    for (let statusCode = 100; statusCode < 600; statusCode += 1) {
      const { kind } = nextStep('standard', 1, { statusCode, error: undefined }, 0.5);
      const expected =
        statusCode >= 200 && statusCode < 300 ? 'succeeded' : statusCode === 410 ? 'failed' : 'retry';
      expect([statusCode, kind]).toEqual([statusCode, expected]);
    }
    for (const error of outboundFailures) {
      expect(nextStep('standard', 1, { statusCode: undefined, error }, 0.5).kind).toBe('retry');
    }
  });

  test('gives every attempt 15 seconds', () => {
    expect([1, 2, 10].map((number) => attemptTimeoutMs('standard', number))).toEqual([
      15_000, 15_000, 15_000,
    ]);
  });
});

describe('the vendor’s schedule (contract claims.md, 4.3)', () => {
  const kindAfter = (number: number, result: Parameters<typeof nextStep>[2]) =>
    nextStep('vendor', number, result, 0.9);

  test('has two attempts a second apart, of five seconds and of two', () => {
    expect(kindAfter(1, refused)).toEqual({ kind: 'retry', delayMs: 1_000 });
    expect(kindAfter(2, refused)).toEqual({ kind: 'failed' });
    expect([1, 2].map((number) => attemptTimeoutMs('vendor', number))).toEqual([5_000, 2_000]);
  });

  test.each([
    ['429', { statusCode: 429, error: undefined }, 'retry'],
    ['503', { statusCode: 503, error: undefined }, 'retry'],
    ['400', { statusCode: 400, error: undefined }, 'failed'],
    ['404', { statusCode: 404, error: undefined }, 'failed'],
    ['a refused connection', { statusCode: undefined, error: 'connection_refused' }, 'retry'],
    ['a timeout', { statusCode: undefined, error: 'timeout' }, 'failed'],
    ['a timeout before the connection', { statusCode: undefined, error: 'connect_timeout' }, 'failed'],
  ] as const)('after %s: %s', (_name, result, kind) => {
    expect(kindAfter(1, result).kind).toBe(kind);
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-03-13T17:00:00.000Z');

  test.each([
    ['0', 0],
    ['120', 120_000],
    ['999999999', 999_999_999_000],
    ['Fri, 13 Mar 2026 17:10:00 GMT', 600_000],
    ['Fri, 13 Mar 2026 16:59:59 GMT', undefined],
    ['Fri, 99 Mar 2026 17:10:00 GMT', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['', undefined],
    ['soon', undefined],
    ['2026-03-13T18:00:00Z', undefined],
    ['9'.repeat(400), undefined],
    [['1', '2'], undefined],
    [undefined, undefined],
  ])('of %j is %s ms', (header, expected) => {
    expect(readRetryAfter(header, now)).toBe(expected);
  });

  test.each([
    [1, 1_000, 5_000],
    [1, 60_000, 60_000],
    [1, 999_999_999_000, 24 * hour],
    [9, 60_000, 24 * hour],
  ])('puts attempt %i off by %i ms: to %i, a day at most', (number, retryAfterMs, delayMs) => {
    expect(nextStep('standard', number, refused, 0.5, retryAfterMs)).toEqual({ kind: 'retry', delayMs });
  });
});
