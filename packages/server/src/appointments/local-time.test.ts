import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate, localDateTime, nextDate, startOfLocalDay } from './local-time.ts';

const timezones = [
  'UTC',
  'America/New_York',
  'America/Phoenix',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];
const instants = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});

describe('the local time of an instant', () => {
  it.each([
    ['2026-03-13T17:00:00.000Z', 'America/New_York', '2026-03-13T13:00:00-04:00'],
    ['2026-01-13T17:00:00.000Z', 'America/New_York', '2026-01-13T12:00:00-05:00'],
    ['2026-03-13T20:00:00.000Z', 'Asia/Kolkata', '2026-03-14T01:30:00+05:30'],
    ['2026-03-13T00:00:00.000Z', 'UTC', '2026-03-13T00:00:00+00:00'],
  ])('of %s in %s is %s', (instant, timezone, local) => {
    expect(localDateTime(new Date(instant), timezone)).toBe(local);
  });

  it('names the same second', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...timezones), (instant, timezone) => {
        const second = Math.floor(instant.getTime() / 1_000) * 1_000;
        expect(new Date(localDateTime(instant, timezone)).getTime()).toBe(second);
      }),
    );
  });
});

describe('the start of a day', () => {
  it('is the first second that falls on it', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...timezones), (instant, timezone) => {
        const date = localDate(instant, timezone);
        const start = startOfLocalDay(date, timezone);
        expect(localDate(start, timezone)).toBe(date);
        expect(localDate(new Date(start.getTime() - 1_000), timezone)).not.toBe(date);
        expect(start.getTime()).toBeLessThanOrEqual(instant.getTime());
      }),
    );
  });
});

it('the day after the last of February is the first of March, or the 29th', () => {
  expect([nextDate('2026-02-28'), nextDate('2028-02-28'), nextDate('2026-12-31')]).toEqual([
    '2026-03-01',
    '2028-02-29',
    '2027-01-01',
  ]);
});
