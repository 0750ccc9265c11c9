import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCheckDigitIssues, hasValidDeaCheckDigit, hasValidNpiCheckDigit } from './check-digits.ts';
import { exampleCase } from './example-case-data.ts';

describe('hasValidNpiCheckDigit', () => {
  test.each([
    ['1234567893', true],
    ['1245319599', true],
    ['1234567890', false],
    ['1234567983', false],
    ['123456789', false],
    ['12345678931', false],
    ['123456789O', false],
    ['', false],
  ])('judges %j %s', (value, expected) => {
    expect(hasValidNpiCheckDigit(value)).toBe(expected);
  });

  test('accepts exactly one check digit for any nine digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{9}$/), (nine) => {
        expect([...'0123456789'].filter((digit) => hasValidNpiCheckDigit(nine + digit))).toHaveLength(1);
      }),
    );
  });
});

describe('hasValidDeaCheckDigit', () => {
  test.each([
    ['AB1234563', true],
    ['ab1234563', true],
    ['F91234563', true],
    ['AB1234567', false],
    ['1B1234563', false],
    ['AB123456', false],
  ])('judges %j %s', (value, expected) => {
    expect(hasValidDeaCheckDigit(value)).toBe(expected);
  });
});

describe('findCheckDigitIssues', () => {
  test('finds nothing in sound identifiers', () => {
    expect(findCheckDigitIssues(exampleCase)).toEqual([]);
  });

  test("warns of the contract's own example numbers without blocking or repeating them", () => {
    const issues = findCheckDigitIssues({
      ...exampleCase,
      providers: [
        {
          role: 'prescribing',
          identifiers: [
            { type: 'npi', value: '1234567890' },
            { type: 'tin', value: '12-3456789' },
            { type: 'dea', value: 'AB1234567' },
          ],
        },
      ],
      locations: { referring: { name: 'Clinic', npi: '1234567890' }, servicing: { name: 'Center' } },
    });
    expect(issues.map(({ field }) => field)).toEqual([
      'providers[0].identifiers[0].value',
      'providers[0].identifiers[2].value',
      'locations.referring.npi',
    ]);
    for (const issue of issues)
      expect(issue).toMatchObject({ code: 'invalid_format', severity: 'warning', blocking: false });
    expect(JSON.stringify(issues)).not.toMatch(/1234567/);
  });
});
