/** What every connector has to do; each kind's test file runs it against the simulator. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangePage, ClaimOutcome, EmrAppointment, EmrConnector } from '../../src/emr/connector.ts';
import type { FaultKind, FaultRule, RejectionKind } from '../../src/emr/simulator/fault-rules.ts';
import { type SeededAppointment, seededAppointments } from '../../src/emr/simulator/seed/visits.ts';
import { createHeldWait } from '../support/emr/held-wait.ts';
import type { SimulatedPractice, StartPractice } from '../support/emr/simulated-practice.ts';
import { fhirProblems } from '../support/emr/validate-fhir.ts';

const marker = '0195900a0a0a7c0ffee0000000000001';
const [ready, secondReady] = seededAppointments.filter(({ expectation }) => expectation === 'ready');
const never = () => new AbortController().signal;

function create(
  { connector }: SimulatedPractice,
  request: Partial<Parameters<EmrConnector['createClaim']>[0]> = {},
): Promise<ClaimOutcome> {
  const { emrAppointmentId = '', emrPatientId = '' } = ready ?? {};
  return connector.createClaim({ marker, emrAppointmentId, emrPatientId, signal: never(), ...request });
}

export function connectorConformance(kind: string, start: StartPractice): void {
  describe(`a connector of kind ${kind}`, () => {
    describeChanges(start);
    describeCreate(start);
    describeFaults(start);
    describeReads(start);
  });
}

async function readAll<Item>(
  list: (cursor: string | undefined, signal: AbortSignal) => Promise<ChangePage<Item>>,
  cursor?: string,
): Promise<{ readonly items: readonly Item[]; readonly cursor: string; readonly pages: number }> {
  const items: Item[] = [];
  let page = await list(cursor, never());
  let pages = 1;
  for (; page.hasMore; pages += 1) {
    items.push(...page.items);
    page = await list(page.cursor, never());
  }
  return { items: [...items, ...page.items], cursor: page.cursor, pages };
}

function describeChanges(start: StartPractice): void {
  test('tells every appointment of the EMR from the beginning, page by page', async () => {
    const { connector } = await start({ simulator: { pageSize: 7 } });
    const { items, pages } = await readAll(connector.listChangedAppointments);
    expect(pages).toBeGreaterThan(4);
    const told = new Map(items.map((item) => [item.emrAppointmentId, item.emrPatientId]));
    expect(told).toEqual(
      new Map(
        seededAppointments.map(({ emrAppointmentId, emrPatientId }) => [emrAppointmentId, emrPatientId]),
      ),
    );
    expect(items.find(({ emrAppointmentId }) => emrAppointmentId === '500100')).toEqual({
      emrAppointmentId: '500100',
      emrPatientId: '40210',
      status: 'fulfilled',
      startsAt: new Date('2026-03-03T13:00:00Z'),
      durationMinutes: 30,
      appointmentType: 'Office visit',
      mode: 'office',
      location: 'Main Street Office',
      reason: 'Annual wellness visit',
      provider: { emrProviderId: '7001', name: 'Dr. Helena Brandt', npi: '1666666668' },
    });
  });

  test('tells every patient with the number the practice knows them by', async () => {
    const { connector } = await start({ simulator: { pageSize: 3 } });
    const { items } = await readAll(connector.listChangedPatients);
    expect(new Set(items.map(({ emrPatientId }) => emrPatientId)).size).toBe(16);
    expect(items.find(({ emrPatientId }) => emrPatientId === '40213')).toEqual({
      emrPatientId: '40213',
      mrn: 'MRN-12348',
      firstName: 'Emilio',
      lastName: 'Mejía',
      dateOfBirth: '1977-11-05',
      gender: 'male',
      phone: '+1-202-555-0113',
    });
  });

  test('tells after a cursor what changed since, and leaves the long unchanged alone', async () => {
    const { connector, simulator, clock } = await start();
    const { cursor } = await readAll(connector.listChangedAppointments);
    clock.advance(3_600_000);
    simulator.putResource(appointment('500150', 'arrived'));
    const { items, cursor: next } = await readAll(connector.listChangedAppointments, cursor);
    expect(items.map(({ emrAppointmentId, status }) => [emrAppointmentId, status])).toContainEqual([
      '500150',
      'arrived',
    ]);
    clock.advance(3_600_000);
    simulator.putResource(appointment('500151', 'booked'));
    const later = await readAll(connector.listChangedAppointments, next);
    // What was new an hour before the last change is told no more.
    expect(later.items.map(({ emrAppointmentId }) => emrAppointmentId)).toEqual(['500151', '500150']);
    clock.advance(3_600_000);
    const quiet = await readAll(connector.listChangedAppointments, later.cursor);
    expect(quiet.items.map(({ emrAppointmentId }) => emrAppointmentId)).toEqual(['500151']);
  });

  test('loses no change that is made while it reads, at whatever page size and pace', async () => {
    const { connector, simulator, clock } = await start({ simulator: { pageSize: 4 } });
    const told = new Map<string, string>();
    const truth = new Map<string, string>();
    let cursor: string | undefined;
    const readPage = async () => {
      const page: ChangePage<EmrAppointment> = await connector.listChangedAppointments(cursor, never());
      for (const { emrAppointmentId, status } of page.items) told.set(emrAppointmentId, status);
      cursor = page.cursor;
      return page.hasMore;
    };
    const step = fc.oneof(
      { weight: 2, arbitrary: fc.constant('read' as const) },
      {
        weight: 3,
        arbitrary: fc.record({
          id: fc.nat(20).map((number) => String(600_000 + number)),
          status: fc.constantFrom('booked', 'arrived', 'fulfilled', 'noshow'),
          laterMs: fc.constantFrom(0, 1, 1_000, 600_000),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        for (const one of steps) {
          if (one === 'read') await readPage();
          else {
            clock.advance(one.laterMs);
            simulator.putResource(appointment(one.id, one.status));
            truth.set(one.id, one.status);
          }
        }
        while (await readPage());
        while (await readPage());
        for (const [id, status] of truth) expect([id, told.get(id)]).toEqual([id, status]);
      }),
      { numRuns: 40 },
    );
  });

  test('begins anew with a cursor that nobody can read', async () => {
    const { connector } = await start();
    const { items } = await readAll(connector.listChangedAppointments, 'not a cursor');
    expect(items).toHaveLength(seededAppointments.length);
  });
}

function appointment(id: string, status: string) {
  return {
    resourceType: 'Appointment',
    id,
    status,
    start: '2026-03-20T09:00:00-04:00',
    end: '2026-03-20T09:30:00-04:00',
    participant: [{ actor: { reference: 'Patient/40213' }, status: 'accepted' }],
  };
}

function describeCreate(start: StartPractice): void {
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

function idsOf(seed: SeededAppointment | undefined) {
  return { emrAppointmentId: seed?.emrAppointmentId ?? '', emrPatientId: seed?.emrPatientId ?? '' };
}

function describeFaults(start: StartPractice): void {
  const unclear: readonly (readonly [FaultKind, written: boolean])[] = [
    ['commit_then_drop', true],
    ['commit_then_error', true],
    ['garbage', true],
    ['drop', false],
    ['error', false],
    ['unavailable', false],
  ];
  test.each(unclear)(
    'calls the outcome unknown after %s, and the search knows better',
    async (fault, written) => {
      const practice = await start({ simulator: { faults: [{ fault }] } });
      expect(await create(practice)).toEqual({ kind: 'unknown', reason: expect.any(String) });
      const found = await practice.connector.findClaim(marker, never());
      expect(found).toEqual(written ? { emrClaimId: '100234' } : undefined);
      expect(practice.simulator.ledger()).toHaveLength(written ? 1 : 0);
    },
  );

  test.each(['hang', 'commit_then_hang'] as const)(
    'gives up a create after its time limit: %s',
    async (fault) => {
      const held = createHeldWait();
      const practice = await start({
        createTimeoutMs: 150,
        simulator: { faults: [{ fault }], wait: held.wait },
      });
      expect(practice.connector.capabilities.createTimeoutMs).toBe(150);
      expect(await create(practice)).toEqual({ kind: 'unknown', reason: 'It took too long.' });
      const found = await practice.connector.findClaim(marker, never());
      expect(found).toEqual(fault === 'hang' ? undefined : { emrClaimId: '100234' });
    },
  );

  test('finds a claim that surfaces after the create was given up', async () => {
    const held = createHeldWait();
    const practice = await start({ simulator: { faults: [{ fault: 'commit_late' }], wait: held.wait } });
    expect(await create(practice)).toMatchObject({ kind: 'unknown' });
    await held.reached();
    expect(await practice.connector.findClaim(marker, never())).toBeUndefined();
    await held.release();
    expect(await practice.connector.findClaim(marker, never())).toEqual({ emrClaimId: '100234' });
    expect(practice.connector.capabilities.settlingMs).toBeGreaterThan(0);
  });

  test('takes the answer of a slow EMR', async () => {
    const held = createHeldWait();
    const practice = await start({ simulator: { faults: [{ fault: 'slow' }], wait: held.wait } });
    const outcome = create(practice);
    await held.reached();
    await held.release();
    expect(await outcome).toEqual({ kind: 'created', emrClaimId: '100234' });
  });

  test('takes the first of two answers', async () => {
    const practice = await start({ simulator: { faults: [{ fault: 'answer_twice' }] } });
    expect(await create(practice)).toEqual({ kind: 'created', emrClaimId: '100234' });
  });

  const rejections: readonly (readonly [RejectionKind, string])[] = [
    ['encounter_locked', 'encounter_locked'],
    ['duplicate', 'claim_already_exists_in_emr'],
    ['missing_diagnosis', 'missing_diagnosis_codes'],
    ['missing_procedure', 'missing_procedure_codes'],
    ['missing_insurance', 'missing_insurance'],
    ['business_rule', 'emr_rejected'],
    ['forbidden', 'emr_rejected'],
  ];
  test.each(rejections)('reads the refusal %s', async (rejection, code) => {
    const practice = await start({ simulator: { faults: [{ fault: 'reject', rejection }] } });
    expect(await create(practice)).toMatchObject({ kind: 'rejected', reasons: [{ code }] });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('knows that an EMR without calls left wrote nothing, and has everybody wait', async () => {
    const faults: readonly FaultRule[] = [{ fault: 'throttle', retryAfterSeconds: 7 }];
    const practice = await start({ simulator: { faults } });
    expect(await create(practice)).toEqual({ kind: 'unavailable', retryAfterMs: 7_000 });
    expect(practice.budget.pauses).toEqual([7_000]);
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('waits until the minute is over when the EMR does not say how long', async () => {
    const practice = await start({ simulator: { faults: [{ fault: 'throttle' }] } });
    expect(await create(practice)).toEqual({ kind: 'unavailable' });
    expect(practice.budget.pauses).toEqual([60_000]);
  });

  test('asks for a login when the EMR refuses it for good', async () => {
    const practice = await start({ simulator: { faults: [{ fault: 'unauthorized' }] } });
    expect(await create(practice)).toEqual({ kind: 'login_required', message: expect.any(String) });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('sends nothing once the signal is aborted', async () => {
    const practice = await start();
    expect(await create(practice, { signal: AbortSignal.abort() })).toEqual({ kind: 'unavailable' });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('does not know what became of a create that was aborted on its way', async () => {
    const held = createHeldWait();
    const practice = await start({ simulator: { faults: [{ fault: 'hang' }], wait: held.wait } });
    const abort = new AbortController();
    const outcome = create(practice, { signal: abort.signal });
    await held.reached();
    abort.abort();
    expect(await outcome).toEqual({ kind: 'unknown', reason: 'The call was given up.' });
  });

  test('knows that an EMR nobody answers for wrote nothing', async () => {
    const practice = await start();
    await practice.simulator.stop();
    expect(await create(practice)).toEqual({ kind: 'unavailable' });
  });

  test.each(['drop', 'error', 'unavailable', 'garbage'] as const)(
    'knows that nothing was written when a look at the visit fails: %s',
    async (fault) => {
      const practice = await start({ simulator: { faults: [{ on: 'read', fault, times: 1 }] } });
      expect(await create(practice)).toEqual({ kind: 'unavailable' });
      expect(practice.simulator.ledger()).toEqual([]);
      expect(await create(practice)).toMatchObject({ kind: 'created' });
    },
  );
}

function describeReads(start: StartPractice): void {
  const failures: readonly (readonly [FaultKind, string])[] = [
    ['drop', 'unavailable'],
    ['error', 'unavailable'],
    ['unavailable', 'unavailable'],
    ['garbage', 'unavailable'],
    ['throttle', 'unavailable'],
    ['unauthorized', 'login_required'],
    ['reject', 'rejected'],
  ];
  test.each(failures)('says why it cannot list changes after %s: %s', async (fault, kind) => {
    const { connector } = await start({ simulator: { faults: [{ on: 'read', fault }] } });
    const named = { name: 'EmrReadError', kind };
    await expect(connector.listChangedAppointments(undefined, never())).rejects.toMatchObject(named);
    await expect(connector.listChangedPatients(undefined, never())).rejects.toMatchObject(named);
  });

  test('gives up a look after its time limit', async () => {
    const faults: readonly FaultRule[] = [{ on: 'search_claim', fault: 'hang' }];
    const held = createHeldWait();
    const { connector } = await start({ readTimeoutMs: 400, simulator: { faults, wait: held.wait } });
    const search = connector.findClaim(marker, never());
    await expect(search).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('passes on how long the EMR wants to be left alone', async () => {
    const faults: readonly FaultRule[] = [
      { on: 'search_claim', fault: 'unavailable', retryAfterSeconds: 120 },
    ];
    const { connector, budget } = await start({ simulator: { faults } });
    const search = connector.findClaim(marker, never());
    await expect(search).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 120_000 });
    expect(budget.pauses).toEqual([120_000]);
  });

  test('says that an EMR without a search of claims cannot be asked', async () => {
    const { connector } = await start({ simulator: { claimSearch: false } });
    await expect(connector.findClaim(marker, never())).rejects.toMatchObject({ kind: 'rejected' });
  });

  test('gives up a look when its signal is aborted', async () => {
    const { connector } = await start();
    const list = connector.listChangedAppointments(undefined, AbortSignal.abort());
    await expect(list).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('asks for a call of the budget before each call', async () => {
    const practice = await start({ simulator: { callLimit: { callsPerMinute: 1_000, retryAfter: true } } });
    await create(practice);
    const perClaim = 5;
    const login = practice.budget.calls() - perClaim;
    await create(practice);
    expect(practice.budget.calls()).toBe(login + 2 * perClaim);
    await readAll(practice.connector.listChangedAppointments);
    expect(practice.budget.calls()).toBe(login + 2 * perClaim + 1);
  });
}
