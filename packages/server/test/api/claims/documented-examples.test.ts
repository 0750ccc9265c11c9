import { beforeAll, describe, expect, test } from 'vitest';
import { addPendingAppointment } from '../../../src/appointments/add-pending-appointment.ts';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import { listAccountEvents } from '../../../src/webhooks/account-event-queries.ts';
import { claimsEventTypes } from '../../../src/webhooks/event-types.ts';
import type { Answer } from '../../support/api/api-client.ts';
import { succeed } from '../../support/api/sample-case.ts';
import {
  expectAsShown as expectFieldsAsShown,
  readShownExamples,
  type ShownExamples,
} from '../../support/api/shown-examples.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import {
  type ClaimsClient,
  createClaimsClient,
  syncNow,
  workOff,
} from '../../support/claims/claims-client.ts';
import { eventsOfJob, requestClaim, taken } from '../../support/claims/claims-expectations.ts';
import { expireLogin } from '../../support/claims/expire-login.ts';
import { createScriptedEmr, newVisit } from '../../support/claims/scripted-emr.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import { createEndpoint } from '../../support/webhooks/webhook-tenant.ts';

const emr = createScriptedEmr();
const server = useTestServer({
  overrides: { emrConnectors: () => [emr.factory] },
  workers: false,
  settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' },
});
const receiver = useReceiver();

let client: ClaimsClient;
let shown: ShownExamples;
beforeAll(async () => {
  client = await createClaimsClient(server(), emr);
  shown = await readShownExamples(client.operator);
});

/** Ids of ours, times and secrets: they differ from run to run, and with them nothing is wrong. */
const ownValue =
  /(^|\.)(id|claim_id|appointment_id|webhook_id|event_id|job_id|created|\w+_at|last_delivery_attempt|webhook_url|url|\w*secret\w*)$/;

function expectAsShown(real: Answer['body'], example: Answer['body']): void {
  expectFieldsAsShown(real, example, ownValue);
}

/** The visit of the examples, in an EMR that gives its claim the number of the examples. */
async function openVisit(): Promise<string> {
  const { appointments: visit } = shown('getAppointment').answer;
  const emrPatientId = visit.patient_ehr_id;
  client.practice.patients.push({
    emrPatientId,
    mrn: visit.patient_mrn,
    firstName: visit.patient_first_name,
    lastName: visit.patient_last_name,
    dateOfBirth: visit.patient_dob,
    gender: visit.patient_gender,
    phone: visit.patient_phone,
  });
  client.practice.appointments.push({
    emrAppointmentId: visit.ehr_appointment_id,
    emrPatientId,
    status: visit.status,
    startsAt: new Date(visit.datetime),
    durationMinutes: visit.duration,
    appointmentType: visit.appointment_type,
    mode: visit.appointment_mode,
    location: visit.location,
    reason: visit.reason,
    provider: { emrProviderId: visit.provider_ehr_id, name: visit.provider_name, npi: visit.provider_npi },
  });
  client.practice.onCreate = async () => ({
    kind: 'created',
    emrClaimId: shown('getClaim').answer.claim.emr_claim_id,
  });
  await syncNow(server(), client);
  const day = visit.datetime.slice(0, 10);
  const listed = taken(await client.call('GET', `/v1/appointments?start_date=${day}&end_date=${day}`));
  expectAsShown(listed, shown('listAppointments').answer);
  return listed.appointments[0].id;
}

test('the reference shows what the claims API answers, told as one claim', async () => {
  const renamed = await client.call('POST', '/v1/settings', shown('changeSettings').request);
  const url = receiver().url('/precert');
  const registered = await client.call('POST', '/v1/webhook', { webhook_url: url });
  expectAsShown(taken(registered), shown('registerWebhook').answer);
  expectAsShown(taken(await client.call('GET', '/v1/webhook')), shown('listWebhooks').answer);

  const id = await openVisit();
  expectAsShown(taken(await client.call('GET', `/v1/appointment/${id}`)), shown('getAppointment').answer);
  expectAsShown(taken(await client.call('GET', '/v1/settings')), shown('getSettings').answer);
  expectAsShown(
    { ...taken(renamed), data: shown('getSettings').answer.data },
    shown('changeSettings').answer,
  );

  const queued = taken(await client.call('POST', '/v1/claims', { appointment_id: id }));
  expectAsShown(queued, shown('createClaim').answer);
  await workOff(server());
  expectAsShown(taken(await client.call('GET', `/v1/claims/${queued.claim_id}`)), shown('getClaim').answer);
  expectAsShown(taken(await client.call('GET', '/v1/claims')), shown('listClaims').answer);
  const events = taken(await client.call('GET', `/v1/webhook-events?job_id=${queued.job_id}`));
  expectAsShown(events, shown('listWebhookEvents').answer);

  const rotated = await client.call('POST', '/v1/webhook/rotate-secret');
  expectAsShown(taken(rotated), shown('rotateSharedWebhookSecret').answer);
  const path = `/v1/webhook/${registered.body.webhook_id}`;
  const byOne = await client.call('POST', `${path}/rotate-secret`);
  expectAsShown(taken(byOne), shown('rotateSecretOfWebhook').answer);
  expectAsShown(taken(await client.call('DELETE', path)), shown('removeWebhook').answer);
});

test('the refusals of the reference are the server’s, each with its status', async () => {
  const other = await createClaimsClient(server(), emr);
  const appointmentId = await other.newAppointment();
  await requestClaim(other, appointmentId);
  const visit = { emrPatientId: undefined, startsAt: server().clock.now() };
  const { appointments, identity } = server().app;
  const pending = await asOrganization(other.organizationId, () =>
    addPendingAppointment(appointments, identity, other, visit),
  );
  const answers = shown('createClaim').answers;
  const refused = async (body: object, status: number, name: string) => {
    const answer = await other.call('POST', '/v1/claims', body);
    expect([answer.status, answer.body]).toEqual([status, answers[status]?.[name]]);
  };
  await refused({}, 400, 'missing');
  await refused({ appointment_id: 'not-a-uuid' }, 400, 'malformed');
  await refused({ appointment_id: '0'.repeat(32) }, 404, 'notFound');
  await refused({ appointment_id: pending }, 409, 'notInEmr');
  await refused({ appointment_id: appointmentId }, 409, 'duplicate');
  await expireLogin(server(), other);
  // A login that was just looked at counts for a second.
  server().clock.advance(1_000);
  await refused({ appointment_id: appointmentId }, 403, 'loginRequired');
});

describe('the reference of accounts and webhook endpoints', () => {
  const fieldsOf = (body: Answer['body']) => Object.keys(body).sort();

  test('shows the fields of a linked account', async () => {
    const { settings: _settings, ...request } = shown('linkAccount').request;
    const linked = succeed(
      await client.operator.call('POST', '/v1/linked-accounts', {
        ...request,
        connector: 'simulator',
        settings: { practice: 'documented' },
      }),
    );
    expect(fieldsOf(linked)).toEqual(fieldsOf(shown('linkAccount').answer));
    const path = `/v1/linked-accounts/${linked.id}`;
    const read = succeed(await client.operator.call('GET', path));
    expect(fieldsOf(read)).toEqual(fieldsOf(shown('getLinkedAccount').answer));
    const relinked = succeed(await client.operator.call('POST', `${path}/relink`, {}));
    expect(fieldsOf(relinked)).toEqual(fieldsOf(shown('relinkAccount').answer));
    expect(relinked.accessToken).toBe(shown('relinkAccount').answer.accessToken);
  });

  test('shows an endpoint as it is made', async () => {
    const { request, answer } = shown('createWebhookEndpoint');
    const created = await createEndpoint(client.operator, { ...request, url: receiver().url('/shown') });
    expectFieldsAsShown(created, answer, /^(id|url|secret|createdAt|updatedAt)$/);
    const read = succeed(await client.operator.call('GET', `/v1/webhook-endpoints/${created.id}`));
    expectFieldsAsShown(read, shown('getWebhookEndpoint').answer, /^(id|url|createdAt|updatedAt)$/);
  });
});

describe('the events page', () => {
  test('names the fields of each event of the claims API, no fewer and no more', async () => {
    const account = await createClaimsClient(server(), emr);
    const { practice } = account;
    const [first = '', second = '', third = ''] = await account.newAppointments(3);
    await requestClaim(account, first);
    await workOff(server());
    practice.onCreate = async () => ({ kind: 'rejected', reasons: [] });
    await requestClaim(account, second);
    await workOff(server());
    practice.capabilities = { ...practice.capabilities, findClaimByMarker: false };
    practice.onCreate = async () => ({ kind: 'unknown', reason: 'The connection broke.' });
    const { job_id } = await requestClaim(account, third);
    await workOff(server());
    expect((await eventsOfJob(account, job_id)).map(({ type }) => type)).toEqual(['claim.outcome_unknown']);
    const { patient, appointment } = newVisit();
    const told = [appointment, { ...appointment, status: 'ARR' }, { ...appointment, status: 'CANC' }];
    for (const [index, visit] of told.entries()) {
      practice.patients.push({ ...patient, phone: `(415) 555-011${index}` });
      practice.appointments.push(visit);
      await syncNow(server(), account);
    }
    await expireLogin(server(), account);
    const { organizationId, accountId } = account;
    const { events } = await asOrganization(organizationId, () =>
      listAccountEvents(
        server().app.webhooks,
        organizationId,
        accountId,
        {},
        { number: 1, size: 100, sort: 'oldest_first' },
      ),
    );
    const fields = new Map(events.map(({ type, body }) => [type, Object.keys(Object(body.data))]));
    expect(Object.fromEntries(fields)).toEqual(
      Object.fromEntries(Object.entries(claimsEventTypes).map(([type, { data }]) => [type, [...data]])),
    );
  });
});
