import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDates, compareDateTimes, compareTimes, isDate, isDateTime, isTime } from './dates.ts';

describe('dates', () => {
  it.each(['2026', '2026-03', '2026-03-13', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])(
    'takes %s',
    (text) => {
      expect(isDate(text)).toBe(true);
    },
  );

  it.each([
    '',
    '0000',
    '26-03-13',
    '2026-3-13',
    '2026-13',
    '2026-00-10',
    '2026-02-30',
    '2023-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-01-00',
    '2026-01-32',
    '2026-03-13T10:00:00Z',
    ' 2026',
    '2026-03-13\n',
    '２０２６',
  ])('refuses %j', (text) => {
    expect(isDate(text)).toBe(false);
  });

  it('takes exactly the days the platform calendar has', () => {
    const part = (length: number, max: number) =>
      fc.integer({ min: 0, max }).map((value) => String(value).padStart(length, '0'));
    fc.assert(
      fc.property(part(4, 2400), part(2, 13), part(2, 32), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const parsed = new Date(`${text}T00:00:00Z`);
        const exists =
          year !== '0000' && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
        expect([text, isDate(text)]).toEqual([text, exists]);
      }),
    );
  });

  it.each([
    ['2020-05-01', '2020-05-02', -1],
    ['2020-05-02', '2020-05-01', 1],
    ['2020-05-01', '2020-05-01', 0],
    ['2020', '2021-01-01', -1],
    ['2021-01', '2020', 1],
    ['2020-05', '2020-05-10', undefined],
    ['2020', '2020-05', undefined],
  ])('compares %s with %s as %j', (left, right, order) => {
    expect(compareDates(left, right)).toBe(order);
  });
});

describe('times', () => {
  it.each(['00:00:00', '23:59:59', '23:59:60', '10:30:00.5'])('takes %s', (text) => {
    expect(isTime(text)).toBe(true);
  });

  it.each(['24:00:00', '10:30', '10:60:00', '10:30:61', '10:30:00Z', '1:30:00', '10:30:00.'])(
    'refuses %s',
    (text) => {
      expect(isTime(text)).toBe(false);
    },
  );

  it('compares by value', () => {
    expect(compareTimes('10:00:00', '10:00:00.0')).toBe(0);
    expect(compareTimes('09:59:59', '10:00:00')).toBeLessThan(0);
    expect(compareTimes('10:00:00.5', '10:00:00')).toBeGreaterThan(0);
  });
});

describe('dateTimes', () => {
  it.each([
    '2026',
    '2026-03',
    '2026-03-13',
    '2026-03-13T09:30:00Z',
    '2026-03-13T09:30:00+05:30',
    '2026-03-13T09:30:00.123-14:00',
  ])('takes %s', (text) => {
    expect(isDateTime(text)).toBe(true);
  });

  it.each([
    '2026-03-13T09:30:00',
    '2026-03-13T09:30Z',
    '2026-02-30T09:30:00Z',
    '2026-03T09:30:00Z',
    '2026-03-13T24:00:00Z',
    '2026-03-13T09:30:00+14:30',
    '2026-03-13 09:30:00Z',
  ])('refuses %s', (text) => {
    expect(isDateTime(text)).toBe(false);
  });

  it('compares instants across zones', () => {
    expect(compareDateTimes('2026-03-13T09:30:00Z', '2026-03-13T11:30:00+02:00')).toBe(0);
    expect(compareDateTimes('2026-03-13T09:30:00-01:00', '2026-03-13T09:30:00Z')).toBeGreaterThan(0);
    expect(compareDateTimes('0099-03-13T09:30:00Z', '1999-03-13T09:30:00Z')).toBeLessThan(0);
  });

  it('compares a value without a time by its day', () => {
    expect(compareDateTimes('2026-03-12', '2026-03-13T09:30:00Z')).toBeLessThan(0);
    expect(compareDateTimes('2026-03-13', '2026-03-13T09:30:00Z')).toBeUndefined();
    expect(compareDateTimes('2026-03', '2026-03')).toBe(0);
  });
});
