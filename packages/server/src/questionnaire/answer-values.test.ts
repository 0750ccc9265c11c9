import { describe, expect, it } from 'vitest';
import { isValueFault, readValue } from './answer-values.ts';
import type { ValueKey } from './item-types.ts';

/** One or more good values of each type, and values that are not of it. */
const samples: Readonly<
  Record<ValueKey, { readonly good: readonly unknown[]; readonly bad: readonly unknown[] }>
> = {
  valueBoolean: { good: [true, false], bad: ['true', 0, null] },
  valueInteger: {
    good: [0, -1, 2147483647, -2147483648],
    bad: [1.5, 2147483648, -2147483649, '1', Number.NaN, Number.POSITIVE_INFINITY, 1n],
  },
  valueDecimal: { good: [0, -1.5, 1e21], bad: ['1.5', Number.NaN, Number.NEGATIVE_INFINITY] },
  valueDate: {
    good: ['2026', '2026-03', '2026-03-13'],
    bad: ['2026-02-30', '13/03/2026', 2026, '2026-03-13T00:00:00Z'],
  },
  valueDateTime: { good: ['2026-03', '2026-03-13T09:30:00Z'], bad: ['2026-03-13T09:30:00', 'now', 5] },
  valueTime: { good: ['09:30:00'], bad: ['9:30', '09:30', '25:00:00', 930] },
  valueString: {
    good: ['x', ' padded ', 'line\nbreak', '💊', 'a'.repeat(1_048_576)],
    bad: ['', '   ', '\n', 'a\u0000b', '\ud800', 'x\udc00y', 'a'.repeat(1_048_577), 5, ['x']],
  },
  valueUri: { good: ['https://example.org/a?b#c', 'urn:x'], bad: ['', 'two words', 5] },
  valueCoding: {
    good: [{ code: 'a' }, { system: 'urn:s', version: '1', code: 'a', display: 'A' }],
    bad: [
      'a',
      {},
      { display: 'A' },
      { code: '' },
      { code: 5 },
      { code: 'a', system: 5 },
      { code: '\ud800' },
      [{ code: 'a' }],
    ],
  },
  valueQuantity: {
    good: [{ value: 5 }, { value: 5, comparator: '<', unit: 'mg', system: 'urn:s', code: 'mg' }],
    bad: [
      5,
      {},
      { unit: 'mg' },
      { value: '5' },
      { value: 5, comparator: '=' },
      { value: 5, unit: 5 },
      { value: Number.NaN },
    ],
  },
  valueAttachment: {
    good: [{ url: 'file_1' }, { url: 'file_1', contentType: 'application/pdf', size: 0, title: 'Note' }],
    bad: [
      'file_1',
      {},
      { url: '' },
      { url: 'file_1', size: -1 },
      { url: 'file_1', size: 1.5 },
      { url: 'f', data: 'AAAA' },
    ],
  },
};

describe('reading a value', () => {
  // The keys of `samples` are the value keys.
  for (const [key, { good, bad }] of Object.entries(samples) as [ValueKey, (typeof samples)[ValueKey]][]) {
    it(`takes what is a ${key}`, () => {
      for (const raw of good) expect(readValue(key, raw)).toEqual({ [key]: raw });
    });

    it(`refuses what is no ${key} without repeating it`, () => {
      for (const raw of bad) {
        const value = readValue(key, raw);
        expect([key, raw, isValueFault(value)]).toEqual([key, raw, true]);
      }
      expect(JSON.stringify(readValue(key, { secret: 'Jane Doe' }))).not.toContain('Jane');
    });
  }

  it('brings members into one order and drops those it does not know', () => {
    const coding = readValue('valueCoding', { userSelected: true, display: 'A', code: 'a', system: 'urn:s' });
    expect(JSON.stringify(coding)).toBe('{"valueCoding":{"system":"urn:s","code":"a","display":"A"}}');
    const quantity = readValue('valueQuantity', { code: 'mg', value: 5, unit: 'mg', id: 'x' });
    expect(JSON.stringify(quantity)).toBe('{"valueQuantity":{"value":5,"unit":"mg","code":"mg"}}');
    const attachment = readValue('valueAttachment', { title: 'T', url: 'file_1', hash: 'x' });
    expect(JSON.stringify(attachment)).toBe('{"valueAttachment":{"url":"file_1","title":"T"}}');
  });

  it('takes minus zero for zero', () => {
    expect(readValue('valueDecimal', -0)).toEqual({ valueDecimal: 0 });
    expect(readValue('valueQuantity', { value: -0 })).toEqual({ valueQuantity: { value: 0 } });
  });
});
