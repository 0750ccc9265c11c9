import { beforeAll, describe, expect, test } from 'vitest';
import { addPendingAppointment } from '../../../src/appointments/add-pending-appointment.ts';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import { tableContents } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ClaimsClient, createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import { expectClaimsError, readClaim, requestClaim } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

const missing = "'appointment_id' is required.";
const malformed = "Invalid 'appointment_id' format. Please provide a valid UUID.";
const duplicate = 'A claim for this appointment is already pending or completed.';

let client: ClaimsClient;
beforeAll(async () => {
  client = await createClaimsClient(server(), emr);
});

const post = (body: unknown, headers = {}) => client.call('POST', '/v1/claims', body, headers);

describe('a claim that is requested', () => {
  test('is answered 202 as the contract shows it, and nothing beside', async () => {
    const appointmentId = await client.newAppointment();
    const answer = await post({ appointment_id: appointmentId });
    expect([answer.status, answer.body]).toEqual([
      202,
      {
        success: true,
        message: 'Claim creation queued. A webhook event will be sent upon completion.',
        claim_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        appointment_id: appointmentId,
        job_id: expect.any(Number),
      },
    ]);
    expect(Number.isSafeInteger(answer.body.job_id)).toBe(true);
    expect(await readClaim(client, answer.body.claim_id)).toMatchObject({
      state: 'pending_create',
      appointment_id: appointmentId,
    });
  });

  test('may name its appointment in upper case, or as a UUID with dashes', async () => {
    const dashed = (id: string) => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const [first = '', second = '', third = ''] = await client.newAppointments(3);
    for (const [sent, id] of [
      [first.toUpperCase(), first],
      [dashed(second), second],
      [dashed(third).toUpperCase(), third],
    ] as const) {
      const answer = await post({ appointment_id: sent });
      expect([answer.status, answer.body.appointment_id]).toEqual([202, id]);
    }
  });

  test('may have fields beside, which mean nothing', async () => {
    const appointmentId = await client.newAppointment();
    const body = { appointment_id: appointmentId, claim_id: 'mine', emr_claim_id: '1', state: 'created' };
    const answer = await post(body);
    expect(answer.status).toBe(202);
    expect(answer.body.claim_id).not.toBe('mine');
    expect(await readClaim(client, answer.body.claim_id)).toMatchObject({
      state: 'pending_create',
      emr_claim_id: null,
    });
  });

  test('has a job id of its own, higher than the one before', async () => {
    const [first = '', second = ''] = await client.newAppointments(2);
    const one = await requestClaim(client, first);
    const other = await requestClaim(client, second);
    expect(other.job_id).toBeGreaterThan(one.job_id);
  });
});

describe('a request is refused with the text of the contract', () => {
  const objects = (value: unknown) => ({ appointment_id: value });
  test.each([
    ['no field', {}],
    ['null', objects(null)],
    ['empty text', objects('')],
    ['blank text', objects('  \t ')],
    ['another field', { appointmentId: '0'.repeat(32) }],
    ['a list as body', []],
    ['text as body', 'x'],
    ['a number as body', 1],
    ['null as body', null],
  ])('when the appointment is missing: %s', async (_name, body) => {
    const answer = await client.send('/v1/claims', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expectClaimsError(answer, 400, missing);
  });

  test('when there is no body at all', async () => {
    expectClaimsError(await client.send('/v1/claims', { method: 'POST' }), 400, missing);
    const typed = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expectClaimsError(await client.send('/v1/claims', typed), 400, missing);
  });

  test.each([
    ['a number', 12_345],
    ['true', true],
    ['a list', ['0'.repeat(32)]],
    ['an object', { id: '0'.repeat(32) }],
    ['a short number as text', '123'],
    ['words', 'not-a-uuid'],
    ['31 characters', '0'.repeat(31)],
    ['33 characters', '0'.repeat(33)],
    ['braces', '{01234567-89ab-cdef-0123-456789abcdef}'],
    ['a URN', 'urn:uuid:01234567-89ab-cdef-0123-456789abcdef'],
    ['a space inside', `0123456789abcdef 123456789abcdef`],
    ['spaces around', ` ${'0'.repeat(32)} `],
    ['dashes in other places', '0123-456789ab-cdef-0123-456789abcdef'],
    ['dashes and no hexadecimals', 'g1234567-89ab-cdef-0123-456789abcdef'],
    ['a letter outside ASCII', `é${'0'.repeat(31)}`],
    ['wildcards', `%${'_'.repeat(31)}`],
    ['100 KB', 'a'.repeat(100_000)],
  ])('when the appointment is malformed: %s', async (_name, value) => {
    expectClaimsError(await post(objects(value)), 400, malformed);
  });

  test('when there is no such appointment, the example of the contract among them', async () => {
    for (const id of ['a1b2c3d4e5f64g7h8i9jk0l1m2n3o4p5', '0'.repeat(32)])
      expectClaimsError(await post(objects(id)), 404, 'Appointment not found.');
  });

  test('when the EMR does not have the appointment yet', async () => {
    const { identity, appointments } = server().app;
    const visit = { emrPatientId: undefined, startsAt: new Date('2026-03-20T15:00:00Z') };
    const id = await asOrganization(client.organizationId, () =>
      addPendingAppointment(appointments, identity, client, visit),
    );
    const answer = await post(objects(id));
    expectClaimsError(answer, 409, 'Appointment is missing emr_appointment_id; cannot create claim.');
  });

  test('and writes nothing', async () => {
    const before = await tableContents(server().database);
    for (const body of [{}, objects('x'), objects('0'.repeat(32))]) await post(body);
    expect(await tableContents(server().database)).toEqual(before);
  });
});

describe('a second claim of an appointment', () => {
  test('is refused while the first is pending, and after it was created', async () => {
    const appointmentId = await client.newAppointment();
    await requestClaim(client, appointmentId);
    expectClaimsError(await post({ appointment_id: appointmentId }), 409, duplicate);
    await workOff(server());
    expectClaimsError(await post({ appointment_id: appointmentId }), 409, duplicate);
  });

  test('is taken after the first has failed, under other ids, and then stands in the way itself', async () => {
    const appointmentId = await client.newAppointment();
    const reasons = [{ code: 'encounter_locked', description: 'The encounter is locked.' }] as const;
    client.practice.onCreate = async () => ({ kind: 'rejected', reasons });
    const first = await requestClaim(client, appointmentId);
    await workOff(server());
    expect((await readClaim(client, first.claim_id)).state).toBe('failed');
    client.practice.onCreate = async ({ marker }) => client.practice.makeClaim(marker);
    const second = await requestClaim(client, appointmentId);
    expect(second.claim_id).not.toBe(first.claim_id);
    expect(second.job_id).toBeGreaterThan(first.job_id);
    expectClaimsError(await post({ appointment_id: appointmentId }), 409, duplicate);
    await workOff(server());
    expect((await readClaim(client, second.claim_id)).state).toBe('created');
    expect((await readClaim(client, first.claim_id)).state).toBe('failed');
    expectClaimsError(await post({ appointment_id: appointmentId }), 409, duplicate);
  });

  test('is refused while nobody knows what became of the first', async () => {
    const appointmentId = await client.newAppointment();
    client.practice.capabilities = { ...client.practice.capabilities, findClaimByMarker: false };
    client.practice.onCreate = async () => ({ kind: 'unknown', reason: 'The connection broke.' });
    const { claim_id } = await requestClaim(client, appointmentId);
    await workOff(server());
    expect((await readClaim(client, claim_id)).state).toBe('outcome_unknown');
    expectClaimsError(await post({ appointment_id: appointmentId }), 409, duplicate);
    client.practice.capabilities = { ...client.practice.capabilities, findClaimByMarker: true };
    client.practice.onCreate = async ({ marker }) => client.practice.makeClaim(marker);
  });
});

describe('of a hundred requests at once for one appointment', () => {
  test('exactly one is taken, round after round', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const appointmentId = await client.newAppointment();
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => post({ appointment_id: appointmentId })),
      );
      const statuses = answers.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([202, ...Array(99).fill(409)]);
      const refused = answers.filter(({ status }) => status === 409);
      for (const { body } of refused) expect(body).toEqual({ success: false, message: duplicate });
      const { claim_id } = answers.find(({ status }) => status === 202)?.body ?? {};
      const list = await client.call('GET', '/v1/claims?page_size=100');
      const made = list.body.claims.filter(
        ({ appointment_id }: { appointment_id: string }) => appointment_id === appointmentId,
      );
      expect(made.map(({ id }: { id: string }) => id)).toEqual([claim_id]);
    }
  });
});

describe('what belongs to others', () => {
  test('is not found: the appointment of another account, client or organization', async () => {
    const appointmentId = await client.newAppointment();
    const sibling = await createClaimsClient(server(), emr, { organization: client.operator });
    const stranger = await createClaimsClient(server(), emr);
    for (const other of [sibling, stranger]) {
      const answer = await other.call('POST', '/v1/claims', { appointment_id: appointmentId });
      const nobodys = await other.call('POST', '/v1/claims', { appointment_id: '0'.repeat(32) });
      expectClaimsError(answer, 404, 'Appointment not found.');
      expect(answer.body).toEqual(nobodys.body);
    }
    expect((await post({ appointment_id: appointmentId })).status).toBe(202);
  });

  test('may carry the same EMR id without harm', async () => {
    const sibling = await createClaimsClient(server(), emr, { organization: client.operator });
    const [mine, theirs] = [
      await client.newAppointment({ emrAppointmentId: 'same-1' }),
      await sibling.newAppointment({ emrAppointmentId: 'same-1' }),
    ];
    expect(mine).not.toBe(theirs);
    expect((await post({ appointment_id: mine })).status).toBe(202);
    expect((await sibling.call('POST', '/v1/claims', { appointment_id: theirs })).status).toBe(202);
  });
});

describe('the surroundings of the route speak its language', () => {
  test.each([
    ['truncated JSON', '{"appointment_id":', 'application/json', 400, /^The body is not valid JSON\./],
    ['a name twice', '{"a":1,"a":2}', 'application/json', 400, /twice/],
    ['__proto__', '{"__proto__":{"x":1}}', 'application/json', 400, /not allowed/],
    ['text', 'appointment_id=1', 'text/plain', 415, /application\/json/],
    ['a form', 'appointment_id=1', 'application/x-www-form-urlencoded', 415, /application\/json/],
    ['too much', JSON.stringify({ a: 'x'.repeat(1_048_577) }), 'application/json', 413, /larger/],
  ])('when the body is %s', async (_name, body, type, status, message) => {
    const answer = await client.send('/v1/claims', {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expectClaimsError(answer, status, expect.stringMatching(message));
  });

  test('when the method is another, or the path goes further', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await client.send('/v1/claims', { method });
      expectClaimsError(answer, 405, 'This route answers GET, HEAD, POST.');
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    }
    for (const path of ['/v1/claims/a/b', '/v1/appointments/a/b', '/v1/webhook/a/b/c', '/v1/settings/x'])
      expectClaimsError(await client.call('GET', path), 404, 'There is no such route.');
    const elsewhere = await client.call('GET', '/v1/no-such-thing');
    expect(elsewhere.body.code).toBe('not_found');
  });
});
