import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fhirProblems } from '../../../test/support/emr/validate-fhir.ts';
import { buildClaim } from './build-claim.ts';
import type { Visit } from './visit.ts';

const id = fc.stringMatching(/^[A-Za-z0-9.-]{1,64}$/);
const code = fc.record({
  system: fc.constantFrom('http://hl7.org/fhir/sid/icd-10-cm', 'urn:oid:1.2.3', undefined),
  code: fc.stringMatching(/^[A-Z]\d{2}(\.\d{1,3})?$/),
});
const visit: fc.Arbitrary<Visit> = fc.record({
  encounterId: id,
  patientId: id,
  provider: fc.record({ type: fc.constantFrom('Organization' as const, 'Practitioner' as const), id }),
  practitionerId: fc.option(id, { nil: undefined }),
  start: fc.constantFrom('2026-03-03T08:00:00-05:00', '2026-03-03T23:30:00.250Z', '2026-03-03'),
  end: fc.constantFrom('2026-03-03T08:30:00-05:00', undefined),
  charges: fc.array(
    fc.record({
      chargeItemId: id,
      codes: fc.array(code, { minLength: 1, maxLength: 3 }),
      quantity: fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined }),
      price: fc.option(
        fc.record({
          value: fc.integer({ min: 0, max: 10_000_000 }).map((cents) => cents / 100),
          currency: fc.constantFrom('USD', 'EUR'),
        }),
        { nil: undefined },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  diagnoses: fc.array(fc.record({ conditionId: id, code }), { minLength: 1, maxLength: 14 }),
  coverages: fc.array(
    fc.record({
      coverageId: id,
      payer: fc.option(
        fc.record({ type: fc.constantFrom('Organization' as const, 'Patient' as const), id }),
        {
          nil: undefined,
        },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

test('the claim of any visit is FHIR R4', () => {
  fc.assert(
    fc.property(visit, (given) => {
      // As it is sent.
      const claim = JSON.parse(
        JSON.stringify(buildClaim(given, 'f'.repeat(32), new Date('2026-03-13T17:00:00Z'))),
      );
      expect(fhirProblems(claim)).toEqual([]);
    }),
    { numRuns: 50 },
  );
}, 120_000);

const charge = (value: number, currency = 'USD') => ({
  chargeItemId: 'c',
  codes: [{ system: undefined, code: 'G0439' }],
  quantity: 1,
  price: { value, currency },
});
const plain: Visit = {
  encounterId: 'e',
  patientId: 'p',
  provider: { type: 'Organization', id: 'o' },
  practitionerId: undefined,
  start: '2026-03-03T20:00:00-05:00',
  end: undefined,
  charges: [charge(0.1), charge(0.2)],
  diagnoses: Array.from({ length: 6 }, (_, index) => ({
    conditionId: `d${index}`,
    code: { system: undefined, code: `A0${index}` },
  })),
  coverages: [{ coverageId: 'v', payer: undefined }],
};

test('the day billed is the day it was where the visit took place', () => {
  // In UTC it was the fourth already.
  expect(buildClaim(plain, 'm', new Date(0))).toMatchObject({ item: [{ servicedDate: '2026-03-03' }, {}] });
});

test('a line points at four diagnoses at most, the first ones', () => {
  expect(buildClaim(plain, 'm', new Date(0))).toMatchObject({
    item: [{ diagnosisSequence: [1, 2, 3, 4] }, {}],
  });
});

test('the total is exact, and left out when it would be wrong', () => {
  expect(buildClaim(plain, 'm', new Date(0)).total).toEqual({ value: 0.3, currency: 'USD' });
  const mixed = { ...plain, charges: [charge(1), charge(2, 'EUR')] };
  expect(buildClaim(mixed, 'm', new Date(0))).not.toHaveProperty('total');
  const unpriced = { ...plain, charges: [charge(1), { ...charge(2), price: undefined }] };
  expect(buildClaim(unpriced, 'm', new Date(0))).not.toHaveProperty('total');
});
