import { describe, expect, it } from 'vitest';
import { printAnswer, printDate, printInstant, printSlashDate, printWord } from './print-values.ts';

describe('printing values', () => {
  it('writes dates with the month in letters and keeps partial ones partial', () => {
    expect(printDate('2026-03-13')).toBe('Mar 13, 2026');
    expect(printDate('2026-03')).toBe('Mar 2026');
    expect(printDate('2026')).toBe('2026');
    expect(printDate('2026-13-01')).toBe('2026-13-01');
  });

  it('keeps an instant in the offset it was written in', () => {
    expect(printInstant('2026-03-13T14:05:22Z')).toBe('Mar 13, 2026, 14:05 UTC');
    expect(printInstant('2026-03-13T23:30:00-05:00')).toBe('Mar 13, 2026, 23:30 UTC-05:00');
  });

  it('writes form dates in the US order', () => {
    expect(printSlashDate('2026-03-05')).toBe('03/05/2026');
  });

  it('writes each kind of answer', () => {
    expect(printAnswer({ valueBoolean: false })).toBe('No');
    expect(printAnswer({ valueInteger: 0 })).toBe('0');
    expect(printAnswer({ valueQuantity: { comparator: '<', value: 64.5, unit: 'kg', code: 'kg' } })).toBe(
      '< 64.5 kg',
    );
    expect(printAnswer({ valueAttachment: { url: 'file_1', title: 'Lab result.pdf' } })).toBe(
      'Lab result.pdf',
    );
    expect(printAnswer({ valueCoding: { code: 'x', display: 'Shown' } })).toBe('Shown');
    expect(printAnswer({ valueTime: '08:30:00' })).toBe('08:30');
  });

  it('spells wire words as people do', () => {
    expect(printWord('home_infusion')).toBe('Home infusion');
    expect(printWord('icd_10')).toBe('ICD-10');
    expect(printWord('npi')).toBe('NPI');
  });
});
