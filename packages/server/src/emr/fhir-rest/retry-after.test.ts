import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = new Date('2026-03-13T17:00:00Z');

test.each([
  ['30', 30_000],
  [' 0 ', 0],
  ['Fri, 13 Mar 2026 17:01:00 GMT', 60_000],
  ['Fri, 13 Mar 2026 16:00:00 GMT', 0],
  ['999999999', 3_600_000],
  ['-5', undefined],
  ['1e3', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %s is understood', (value, expected) => {
  expect(retryAfterMs(value === undefined ? {} : { 'retry-after': value }, now)).toBe(expected);
});
