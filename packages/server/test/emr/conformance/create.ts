import { expect, test } from 'vitest';
import { seededAppointments } from '../../../src/emr/simulator/seed/visits.ts';
import type { StartPractice } from '../../support/emr/simulated-practice.ts';
import { fhirProblems } from '../../support/emr/validate-fhir.ts';
import { create, idsOf, marker } from './asking.ts';

const [, secondReady] = seededAppointments.filter(({ expectation }) => expectation === 'ready');

export function describeCreate(start: StartPractice): void {
  test('creates a claim that is FHIR R4, says what the EMR holds and carries the marker', async () => {
    const practice = await start();
    expect(await create(practice)).toEqual({ kind: 'created', emrClaimId: '100234' });
    const [entry] = practice.simulator.ledger();
    expect(entry).toMatchObject({ marker, emrClaimId: '100234', appointmentId: '500100' });
    expect(fhirProblems(entry?.resource)).toEqual([]);
    expect(entry?.resource).toMatchObject({
      identifier: [{ system: 'urn:precert:claim-marker', value: marker }],
      patient: { reference: 'Patient/40210' },
      provider: { reference: 'Organization/9001' },
      insurer: { reference: 'Organization/9101' },
      billablePeriod: { start: '2026-03-03T08:00:00-05:00' },
      careTeam: [{ provider: { reference: 'Practitioner/7001' } }],
      diagnosis: [
        { sequence: 1, diagnosisCodeableConcept: { coding: [{ code: 'I10' }] } },
        { sequence: 2, diagnosisCodeableConcept: { coding: [{ code: 'E78.5' }] } },
      ],
      insurance: [{ focal: true, coverage: { reference: 'Coverage/40210-1' } }],
      item: [
        {
          diagnosisSequence: [1, 2],
          productOrService: { coding: [{ code: 'G0439' }] },
          servicedDate: '2026-03-03',
        },
        { productOrService: { coding: [{ code: 'G0444' }] }, net: { value: 19.25, currency: 'USD' } },
      ],
      total: { value: 157.75, currency: 'USD' },
    });
  });

  test('creates one claim when it is asked twice with one marker, and names it both times', async () => {
    const practice = await start();
    const outcomes = [await create(practice), ...(await Promise.all([create(practice), create(practice)]))];
    for (const outcome of outcomes) expect(outcome).toEqual({ kind: 'created', emrClaimId: '100234' });
    expect(practice.simulator.ledger()).toHaveLength(1);
  });

  test('creates claims of different visits side by side', async () => {
    const practice = await start();
    const other = { marker: 'f'.repeat(32), ...idsOf(secondReady) };
    const outcomes = await Promise.all([create(practice), create(practice, other)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created']);
    expect(practice.simulator.ledger()).toHaveLength(2);
  });

  const failing = seededAppointments.filter(({ expectation }) => expectation === 'willFail');
  test.each(failing.map((seed) => [seed.failureCode, seed] as const))('says %s', async (code, seed) => {
    const practice = await start();
    expect(await create(practice, idsOf(seed))).toEqual({
      kind: 'rejected',
      reasons: [{ code, description: expect.stringMatching(/^The \D+\.$|ICD-10/) }],
    });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('says everything that is missing at once', async () => {
    const practice = await start();
    for (const number of [1, 2]) {
      practice.simulator.putResource({
        resourceType: 'ChargeItem',
        id: `600100-c${number}`,
        status: 'aborted',
      });
      practice.simulator.putResource({ resourceType: 'Condition', id: `600100-d${number}` });
    }
    const outcome = await create(practice);
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reasons: [{ code: 'missing_procedure_codes' }, { code: 'missing_diagnosis_codes' }],
    });
  });

  test('bills no visit for a patient whom the EMR does not see there', async () => {
    const practice = await start();
    const outcome = await create(practice, { emrPatientId: '40211' });
    expect(outcome).toMatchObject({ kind: 'rejected', reasons: [{ code: 'encounter_not_billable' }] });
    expect(practice.simulator.ledger()).toEqual([]);
  });
}
