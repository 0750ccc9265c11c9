import { beforeEach, describe, expect, test } from 'vitest';
import { EmrReadError } from '../../../src/emr/connector.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { ageIntent, claimRow, expireLease } from '../../support/claims/claim-rows.ts';
import { type ClaimsClient, createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import {
  eventsOfJob,
  eventTypes,
  expectClaimsError,
  readClaim,
  requestClaim,
} from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';
import { storedEvents } from '../../support/encryption/opened-rows.ts';

const emr = createScriptedEmr();
const server = useTestServer({
  overrides: { emrConnectors: () => [emr.factory], random: () => 0.5 },
  workers: false,
});

let client: ClaimsClient;
beforeEach(async () => {
  client = await createClaimsClient(server(), emr);
});

/** A claim that is requested and worked on until nothing is due. */
async function post() {
  const appointmentId = await client.newAppointment();
  const requested = await requestClaim(client, appointmentId);
  await workOff(server());
  return requested;
}

async function afterwards(milliseconds: number) {
  server().clock.advance(milliseconds);
  await workOff(server());
}

const unknown = async () => ({ kind: 'unknown', reason: 'The connection broke.' }) as const;

async function untilNobodyHoldsAClaim(): Promise<void> {
  const held = () =>
    server().database.execute('select from claim where organization_id = $1 and leased_until is not null', [
      client.organizationId,
    ]);
  while ((await held()) > 0);
  // One more answer of the database: whoever gave the claim back has had theirs by now.
  await held();
}

describe('what the EMR says', () => {
  test('"created" is told as the contract shows it, and can be read back', async () => {
    const { claim_id, appointment_id, job_id } = await post();
    const emrClaimId = client.practice.claims.get(claim_id);
    const [event, ...others] = await eventsOfJob(client, job_id);
    expect(others).toEqual([]);
    const visit = client.practice.appointments[0];
    expect(event).toMatchObject({
      type: 'claim.created',
      object: 'event',
      created: '2026-03-13T17:00:00Z',
      access_token_reference_id: client.referenceId,
      job_id: String(job_id),
    });
    expect(event.data).toEqual({
      claim_id,
      appointment_id,
      patient_mrn: client.practice.patients[0]?.mrn,
      emr_claim_id: emrClaimId,
      emr_appointment_id: visit?.emrAppointmentId,
      emr_patient_id: visit?.emrPatientId,
    });
    expect(await readClaim(client, claim_id)).toMatchObject({ state: 'created', emr_claim_id: emrClaimId });
    expect(client.practice.creates).toEqual([claim_id]);
    expect(client.practice.searches).toEqual([]);
  });

  test('the stored event is the contract’s envelope, its fields in order', async () => {
    const { job_id } = await post();
    const [row] = await storedEvents(server(), 'job_id = $1', [job_id]);
    const event = JSON.parse(row?.body ?? '{}');
    expect(Object.keys(event)).toEqual([
      'id',
      'access_token_reference_id',
      'object',
      'created',
      'type',
      'job_id',
      'data',
    ]);
    expect(Object.keys(event.data)).toEqual([
      'claim_id',
      'appointment_id',
      'patient_mrn',
      'emr_claim_id',
      'emr_appointment_id',
      'emr_patient_id',
    ]);
    expect(event.id).toMatch(/^evt_[0-9a-z]{26}$/);
    expect(event.job_id).toBe(String(job_id));
  });

  test('"rejected" is told with every reason, and in one text', async () => {
    const reasons = [
      { code: 'missing_procedure_codes', description: 'The visit has no procedure.' },
      { code: 'missing_diagnosis_codes', description: 'The visit has no diagnosis.' },
    ] as const;
    client.practice.onCreate = async () => ({ kind: 'rejected', reasons });
    const { claim_id, appointment_id, job_id } = await post();
    const [event] = await eventsOfJob(client, job_id);
    expect([event.type, event.data]).toEqual([
      'claim.failed',
      {
        claim_id,
        appointment_id,
        patient_mrn: client.practice.patients[0]?.mrn,
        failure_reason: 'The visit has no procedure. The visit has no diagnosis.',
        reasons,
      },
    ]);
    expect(await readClaim(client, claim_id)).toMatchObject({ state: 'failed', reasons, emr_claim_id: null });
  });

  test('"rejected" without a reason is told in the contract’s words', async () => {
    client.practice.onCreate = async () => ({ kind: 'rejected', reasons: [] });
    const { job_id } = await post();
    const [{ data }] = await eventsOfJob(client, job_id);
    expect([data.failure_reason, data.reasons]).toEqual(['Failed to create claim', []]);
  });

  test('"login required" fails the claim and tells of the account, once', async () => {
    client.practice.onCreate = async () => ({ kind: 'login_required', message: 'The password expired.' });
    const [first = '', second = ''] = await client.newAppointments(2);
    const one = await requestClaim(client, first);
    const other = await requestClaim(client, second);
    await workOff(server());
    const stored = await storedEvents(server(), `account_id = $1 and type ~ '^(claim|access_token)'`, [
      client.accountId,
    ]);
    const rows = stored.toSorted((left, right) => (left.type < right.type ? -1 : 1));
    expect(rows.map(({ type }) => type)).toEqual([
      'access_token.login_required',
      'claim.failed',
      'claim.failed',
    ]);
    const event = JSON.parse(rows[0]?.body ?? '{}');
    expect(event).not.toHaveProperty('job_id');
    expect(event.data).toEqual({
      access_token_reference_id: client.referenceId,
      emr_instance_domain: expect.stringMatching(/\.emr\.example$/),
      message: 'The password expired.',
    });
    for (const { claim_id } of [one, other]) {
      const { state, reasons } = await readClaim(client, claim_id);
      expect([state, reasons[0].code]).toEqual(['failed', 'login_required']);
    }
    server().clock.advance(1_000);
    expect((await client.call('GET', '/v1/claims')).body.error).toBe('login_required');
  });

  test('"unavailable" is tried again, later each time, and in the end given up', async () => {
    client.practice.onCreate = async () => ({ kind: 'unavailable' });
    const { claim_id, job_id } = await post();
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      const tries = client.practice.creates.length;
      await afterwards(seconds * 1_000 - 1);
      expect(client.practice.creates).toHaveLength(tries);
      await afterwards(1);
      expect(client.practice.creates).toHaveLength(tries + 1);
    }
    const [event] = await eventsOfJob(client, job_id);
    expect([event.type, event.data.reasons[0].code]).toEqual(['claim.failed', 'emr_unavailable']);
    await afterwards(600_000);
    expect(client.practice.creates).toHaveLength(10);
    expect((await readClaim(client, claim_id)).state).toBe('failed');
    expect(client.practice.searches).toEqual([]);
  });

  test('"unavailable, come again" is waited for and counts as no try', async () => {
    client.practice.onCreate = async () => ({ kind: 'unavailable', retryAfterMs: 60_000 });
    const { claim_id } = await post();
    for (let minute = 1; minute <= 12; minute += 1) {
      await afterwards(60_000);
      expect(client.practice.creates).toHaveLength(1 + minute);
    }
    client.practice.onCreate = async ({ marker }) => client.practice.makeClaim(marker);
    await afterwards(60_000);
    expect((await readClaim(client, claim_id)).state).toBe('created');
  });

  test('"unavailable, come again" all day long is given up', async () => {
    client.practice.onCreate = async () => ({ kind: 'unavailable', retryAfterMs: 60_000 });
    const { claim_id } = await post();
    await afterwards(24 * 60 * 60 * 1_000);
    expect((await readClaim(client, claim_id)).state).toBe('failed');
  });
});

describe('an EMR that puts a claim off', () => {
  const comeAgain = async () => ({ kind: 'unavailable', retryAfterMs: 60_000 }) as const;

  test('has not been asked, so that an unknown outcome afterwards is no last straw', async () => {
    client.practice.capabilities = { findClaimByMarker: true, createTimeoutMs: 0, settlingMs: 0 };
    client.practice.onCreate = comeAgain;
    const { claim_id } = await post();
    for (let minute = 1; minute <= 12; minute += 1) await afterwards(60_000);
    expect((await claimRow(server(), claim_id)).create_calls).toBe(0);
    client.practice.onCreate = async ({ marker }) => {
      client.practice.onCreate = async () => client.practice.makeClaim(marker);
      return unknown();
    };
    await afterwards(60_000);
    expect((await readClaim(client, claim_id)).state).toBe('created');
  });

  test('is waited for a day from the first time, however old the claim is by then', async () => {
    const { claim_id } = await requestClaim(client, await client.newAppointment());
    client.practice.onCreate = comeAgain;
    server().clock.advance(25 * 60 * 60 * 1_000);
    await afterwards(0);
    expect((await readClaim(client, claim_id)).state).toBe('pending_create');
    await afterwards(23 * 60 * 60 * 1_000);
    expect((await readClaim(client, claim_id)).state).toBe('pending_create');
    await afterwards(60 * 60 * 1_000);
    expect((await readClaim(client, claim_id)).state).toBe('failed');
  });
});

describe('an outcome that is unknown', () => {
  test('is searched for at once, and a claim that is there is not made again', async () => {
    client.practice.onCreate = async ({ marker }) => {
      client.practice.makeClaim(marker);
      return unknown();
    };
    const { claim_id, job_id } = await post();
    expect(client.practice.creates).toEqual([claim_id]);
    expect(client.practice.searches).toEqual([claim_id]);
    expect(await readClaim(client, claim_id)).toMatchObject({
      state: 'created',
      emr_claim_id: client.practice.claims.get(claim_id),
    });
    expect((await eventsOfJob(client, job_id)).map(({ type }) => type)).toEqual(['claim.created']);
  });

  test('is the same for a connector that throws, or whose call is cut off in time', async () => {
    client.practice.capabilities = { ...client.practice.capabilities, createTimeoutMs: 5 };
    client.practice.onCreate = ({ marker, signal }) => {
      client.practice.makeClaim(marker);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { claim_id } = await post();
    expect((await readClaim(client, claim_id)).state).toBe('created');
    expect(client.practice.creates).toHaveLength(1);
  });

  test('is not believed to be nothing before the EMR has settled, then made again', async () => {
    client.practice.capabilities = {
      findClaimByMarker: true,
      createTimeoutMs: 10_000,
      settlingMs: 20_000,
    };
    client.practice.onCreate = unknown;
    const { claim_id, job_id } = await post();
    for (let count = 0; count < 5; count += 1) await afterwards(60_000);
    expect(client.practice.creates).toHaveLength(1);
    expect(client.practice.searches.length).toBeGreaterThan(3);
    expect((await readClaim(client, claim_id)).state).toBe('pending_create');
    await ageIntent(server(), claim_id, 29_000);
    await afterwards(60_000);
    expect(client.practice.creates).toHaveLength(1);
    client.practice.onCreate = async ({ marker }) => client.practice.makeClaim(marker);
    await ageIntent(server(), claim_id, 30_000);
    await afterwards(60_000);
    expect(client.practice.creates).toEqual([claim_id, claim_id]);
    expect(client.practice.claims.size).toBe(1);
    expect((await eventsOfJob(client, job_id)).map(({ type }) => type)).toEqual(['claim.created']);
  });

  test('is found when the claim surfaces late', async () => {
    client.practice.capabilities = { findClaimByMarker: true, createTimeoutMs: 10_000, settlingMs: 60_000 };
    client.practice.onCreate = unknown;
    const { claim_id } = await post();
    expect((await readClaim(client, claim_id)).state).toBe('pending_create');
    client.practice.makeClaim(claim_id);
    await afterwards(2_000);
    expect((await readClaim(client, claim_id)).state).toBe('created');
    expect(client.practice.creates).toHaveLength(1);
  });

  test('again and again, and nothing made each time, ends in a failure', async () => {
    client.practice.capabilities = { findClaimByMarker: true, createTimeoutMs: 0, settlingMs: 0 };
    client.practice.onCreate = unknown;
    const { claim_id } = await post();
    expect(client.practice.creates).toHaveLength(10);
    expect(await readClaim(client, claim_id)).toMatchObject({
      state: 'failed',
      reasons: [{ code: 'timeout' }],
    });
  });

  test('is cleared up in the same run, though the look for due claims began before and ends after it', async () => {
    client.practice.capabilities = { findClaimByMarker: true, createTimeoutMs: 0, settlingMs: 0 };
    client.practice.onCreate = async ({ marker }) =>
      client.practice.creates.length === 1 ? unknown() : client.practice.makeClaim(marker);
    const { claims } = server().app;
    const { database } = claims;
    const query: typeof database.query = async (statement, values) => {
      const rows = await database.query<never>(statement, values);
      const isLook = typeof statement === 'object' && statement.name === 'lease_due_claims';
      if (isLook && rows.length === 0) await untilNobodyHoldsAClaim();
      return rows;
    };
    Object.assign(claims, { database: { ...database, query } });
    try {
      const { claim_id } = await post();
      expect((await readClaim(client, claim_id)).state).toBe('created');
      expect(client.practice.creates).toHaveLength(2);
    } finally {
      Object.assign(claims, { database });
    }
  });

  test('that the EMR cannot clear up is told after a quarter of an hour, and searched for still', async () => {
    client.practice.onCreate = unknown;
    client.practice.onSearch = async () => {
      throw new EmrReadError('unavailable', 'Down.');
    };
    const { claim_id, job_id } = await post();
    await ageIntent(server(), claim_id, 14 * 60_000);
    await afterwards(60_000);
    expect((await readClaim(client, claim_id)).state).toBe('pending_create');
    await ageIntent(server(), claim_id, 15 * 60_000);
    await afterwards(60_000);
    expect((await readClaim(client, claim_id)).state).toBe('outcome_unknown');
    client.practice.onSearch = async (marker) => client.practice.find(marker);
    client.practice.makeClaim(claim_id);
    await afterwards(5 * 60_000);
    expect((await readClaim(client, claim_id)).state).toBe('created');
    expect((await eventsOfJob(client, job_id)).map(({ type }) => type)).toEqual([
      'claim.outcome_unknown',
      'claim.created',
    ]);
    expect(client.practice.creates).toHaveLength(1);
  });

  test('that is ruled out after it was told leads back to creating', async () => {
    client.practice.onCreate = unknown;
    client.practice.onSearch = async () => {
      throw new EmrReadError('unavailable', 'Down.');
    };
    const { claim_id } = await post();
    await ageIntent(server(), claim_id, 15 * 60_000);
    await afterwards(60_000);
    expect((await readClaim(client, claim_id)).state).toBe('outcome_unknown');
    client.practice.onSearch = async (marker) => client.practice.find(marker);
    client.practice.onCreate = async ({ marker }) => client.practice.makeClaim(marker);
    await afterwards(5 * 60_000);
    expect((await readClaim(client, claim_id)).state).toBe('created');
    expect(client.practice.creates).toHaveLength(2);
  });

  test.each([
    ['the EMR knows no markers', false],
    ['the EMR turns out not to', true],
  ])('waits for a person where %s', async (_name, findClaimByMarker) => {
    client.practice.capabilities = { ...client.practice.capabilities, findClaimByMarker };
    client.practice.onCreate = unknown;
    client.practice.onSearch = async () => {
      throw new EmrReadError('rejected', 'No such search.');
    };
    const { claim_id, appointment_id, job_id } = await post();
    expect(await readClaim(client, claim_id)).toMatchObject({ state: 'outcome_unknown', finished_at: null });
    const [event] = await eventsOfJob(client, job_id);
    expect([event.type, event.data]).toEqual([
      'claim.outcome_unknown',
      { claim_id, appointment_id, patient_mrn: client.practice.patients[0]?.mrn },
    ]);
    await afterwards(24 * 60 * 60 * 1_000);
    expect(client.practice.creates).toHaveLength(1);
    expect((await claimRow(server(), claim_id)).due_at).toBeNull();
    const again = await client.call('POST', '/v1/claims', { appointment_id });
    expectClaimsError(again, 409, 'A claim for this appointment is already pending or completed.');
  });

  test.each(['unavailable', 'rejected'] as const)(
    'is searched for later while the account cannot be opened (%s), however long that takes',
    async (kind) => {
      client.practice.capabilities = { findClaimByMarker: true, createTimeoutMs: 10_000, settlingMs: 60_000 };
      client.practice.onCreate = unknown;
      const { claim_id, job_id } = await post();
      client.practice.makeClaim(claim_id);
      client.practice.onOpen = () => {
        throw new EmrReadError(kind, 'The settings of the account are not usable.');
      };
      await afterwards(60_000);
      expect((await readClaim(client, claim_id)).state).toBe('pending_create');
      await ageIntent(server(), claim_id, 15 * 60_000);
      await afterwards(60_000);
      expect((await readClaim(client, claim_id)).state).toBe('outcome_unknown');
      client.practice.onOpen = () => undefined;
      await afterwards(5 * 60_000);
      expect((await readClaim(client, claim_id)).state).toBe('created');
      const types = (await eventsOfJob(client, job_id)).map(({ type }) => type);
      expect(types).toEqual(['claim.outcome_unknown', 'claim.created']);
      expect(client.practice.searches).toHaveLength(2);
    },
  );

  test('of a search that finds the login dead tells of the account and goes on once it is relinked', async () => {
    client.practice.onCreate = unknown;
    client.practice.onSearch = async () => {
      throw new EmrReadError('login_required', 'The password expired.');
    };
    const { claim_id } = await post();
    expect((await claimRow(server(), claim_id)).state).toBe('pending_create');
    client.practice.onSearch = async (marker) => client.practice.find(marker);
    client.practice.makeClaim(claim_id);
    await afterwards(60_000);
    expect((await claimRow(server(), claim_id)).state).toBe('pending_create');
    const path = `/v1/linked-accounts/${client.accountId}/relink`;
    expect((await client.operator.call('POST', path)).status).toBe(200);
    await afterwards(60_000);
    expect((await readClaim(client, claim_id)).state).toBe('created');
    expect(await eventTypes(client)).toEqual(['access_token.login_required', 'claim.created']);
  });
});

describe('a claim whose worker vanished', () => {
  test('after the EMR may have been asked, is searched for and not made again', async () => {
    const appointmentId = await client.newAppointment();
    const { claim_id } = await requestClaim(client, appointmentId);
    const vanish = Promise.withResolvers<never>();
    client.practice.onCreate = ({ marker }) => {
      client.practice.makeClaim(marker);
      return vanish.promise;
    };
    const first = workOff(server());
    await expect.poll(() => client.practice.creates.length).toBe(1);
    await expireLease(server(), claim_id);
    await afterwards(0);
    expect((await readClaim(client, claim_id)).state).toBe('created');
    expect(client.practice.searches).toEqual([claim_id]);
    vanish.reject(new Error('The worker woke up too late.'));
    await first;
    expect(client.practice.creates).toEqual([claim_id]);
    expect(await eventTypes(client)).toEqual(['claim.created']);
  });
});
