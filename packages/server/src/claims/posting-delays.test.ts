import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs, searchDelayMs, unknownAfterMs } from './posting-delays.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a retry', () => {
  it('comes later each time, up to a minute, 10 % either way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), random, (tries, spread) => {
        const base = Math.min(1_000 * 2 ** (tries - 1), 60_000);
        const delay = retryDelayMs(tries, spread);
        expect(delay).toBeGreaterThanOrEqual(Math.round(base * 0.9));
        expect(delay).toBeLessThanOrEqual(Math.round(base * 1.1));
      }),
    );
  });
});

describe('a search', () => {
  const ages = fc.integer({ min: 0, max: 2 * unknownAfterMs });
  const believed = fc.integer({ min: 0, max: 120_000 });

  it('is never far off, and one falls on the moment "not there" is believed', () => {
    fc.assert(
      fc.property(ages, believed, (age, believedAfter) => {
        const delay = searchDelayMs(age, believedAfter);
        expect(delay).toBeGreaterThan(0);
        expect(delay).toBeLessThanOrEqual(5 * 60_000);
        if (age < believedAfter) expect(age + delay).toBeLessThanOrEqual(Math.max(believedAfter, age + 1));
      }),
    );
  });

  it('comes at most half as late again, but for the first second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: unknownAfterMs - 1 }), (age) => {
        expect(searchDelayMs(age, 0)).toBeLessThanOrEqual(Math.max(1_000, Math.ceil(age / 2)));
      }),
    );
  });
});
