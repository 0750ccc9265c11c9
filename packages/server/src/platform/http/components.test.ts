import fc from 'fast-check';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { component, getNamedSchema, namesReferredTo } from './components.ts';
import { isCalendarDate, isTimestamp } from './formats.ts';

test('a component is known by its name, with all that it refers to', () => {
  const leaf = component('TestLeaf', Type.String());
  const branch = component('TestBranch', Type.Object({ leaf: Type.Optional(leaf) }));
  expect(namesReferredTo(Type.Array(branch))).toEqual(['TestBranch', 'TestLeaf']);
  expect(getNamedSchema('TestLeaf')).toEqual({ $id: 'TestLeaf', type: 'string' });
  expect(() => component('TestLeaf', Type.Number())).toThrow('Two schemas are called TestLeaf.');
  expect(() => component('testLeaf', Type.Number())).toThrow('PascalCase');
  expect(() => namesReferredTo({ $ref: 'TestMissing#' })).toThrow('No component is called TestMissing.');
});

test('calendar dates are days that exist, written in full', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        expect(isCalendarDate(date.toISOString().slice(0, 10))).toBe(true);
        expect(isTimestamp(date.toISOString())).toBe(true);
      },
    ),
  );
  for (const text of [
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '0000-01-01',
    '26-1-1',
    '2026-1-01',
    '275761-01-01',
    '+002026-01-01',
    '2026-01-01Z',
    '2026-01-01\n',
    '',
  ]) {
    expect([text, isCalendarDate(text)]).toEqual([text, false]);
  }
  expect(isCalendarDate('2028-02-29')).toBe(true);
});

test('timestamps have a zone', () => {
  for (const text of ['2026-03-13T17:00:00Z', '2026-03-13T17:00:00.123456789Z', '2026-03-13T17:00:00+05:30'])
    expect(isTimestamp(text)).toBe(true);
  for (const text of [
    '2026-03-13T17:00:00',
    '2026-03-13 17:00:00Z',
    '2026-03-13T24:00:00Z',
    '2026-03-13T17:00:60Z',
    '2026-03-13T17:00Z',
    '2026-02-30T17:00:00Z',
    '2026-03-13T17:00:00+24:00',
    '2026-03-13',
  ]) {
    expect([text, isTimestamp(text)]).toEqual([text, false]);
  }
});
