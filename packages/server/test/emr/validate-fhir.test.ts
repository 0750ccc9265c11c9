import { expect, test } from 'vitest';
import { fhirProblems } from '../support/emr/validate-fhir.ts';

const claim = {
  resourceType: 'Claim',
  status: 'active',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
  use: 'claim',
  patient: { reference: 'Patient/1' },
  created: '2026-03-13',
  provider: { reference: 'Organization/1' },
  priority: { coding: [{ code: 'normal' }] },
  insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/1' } }],
};

test('the judge of FHIR finds nothing wrong with a right claim', () => {
  expect(fhirProblems(claim)).toEqual([]);
});

test.each([
  ['an element that R4 does not have', { ...claim, marker: 'x' }],
  ['a missing element', { ...claim, provider: undefined }],
  ['a code that is not of a required value set', { ...claim, status: 'sent' }],
  ['a code of a data type that is not of its value set', { ...claim, identifier: [{ use: 'mine' }] }],
  ['an id that is no id', { ...claim, id: 'a b' }],
  ['a day that does not exist', { ...claim, created: '2026-13-13' }],
  ['a text where a number stands', { ...claim, insurance: [{ ...claim.insurance[0], sequence: '1' }] }],
  ['a broken invariant', { resourceType: 'Patient', contact: [{ relationship: [{ text: 'aunt' }] }] }],
  [
    'a wrong resource in a Bundle',
    { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: { ...claim, use: 'x' } }] },
  ],
])('the judge of FHIR finds %s', (_, resource) => {
  expect(fhirProblems(JSON.parse(JSON.stringify(resource)))).not.toEqual([]);
});
