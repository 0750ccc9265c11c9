import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../support/api/api-client.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import {
  type ClaimsClient,
  createClaimsClient,
  syncNow,
  workOff,
} from '../../support/claims/claims-client.ts';
import { expectClaimsError, requestClaim, taken } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr, newVisit } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

let client: ClaimsClient;
let stranger: ClaimsClient;
beforeAll(async () => {
  client = await createClaimsClient(server(), emr);
  stranger = await createClaimsClient(server(), emr, { organization: client.operator });
});

describe('GET /v1/appointments', () => {
  const visits = [
    { day: '2026-03-11', startsAt: '2026-03-12T03:59:59.000Z', mode: 'office', last: 'Lovelace' },
    { day: '2026-03-12', startsAt: '2026-03-12T04:00:00.000Z', mode: 'office', last: 'Hopper' },
    { day: '2026-03-12', startsAt: '2026-03-13T03:59:59.000Z', mode: 'telemedicine', last: 'O’Neil_%' },
    { day: '2026-03-13', startsAt: '2026-03-13T04:00:00.000Z', mode: 'office', last: 'Hopper' },
  ] as const;

  beforeAll(async () => {
    for (const [index, { startsAt, mode, last }] of visits.entries()) {
      const { patient, appointment } = newVisit({ startsAt: new Date(startsAt), mode });
      client.practice.patients.push({
        ...patient,
        lastName: last,
        mrn: `M-${index}`,
        phone: `(415) 555-010${index}`,
      });
      client.practice.appointments.push(appointment);
    }
    await syncNow(server(), client);
  });

  async function mrns(query: string): Promise<string[]> {
    const body = taken(await client.call('GET', `/v1/appointments?${query}`));
    return body.appointments.map(({ patient_mrn }: Answer['body']) => patient_mrn);
  }

  test('takes days by the account’s clock, both of them part of the range', async () => {
    expect(await mrns('start_date=2026-03-12&end_date=2026-03-12')).toEqual(['M-1', 'M-2']);
    expect(await mrns('start_date=2026-03-11&end_date=2026-03-13')).toEqual(['M-0', 'M-1', 'M-2', 'M-3']);
    expect(await mrns('start_date=2026-03-14&end_date=2026-03-20')).toEqual([]);
  });

  test.each([
    ['patient_mrn=M-3', ['M-3']],
    ['patient_mrn=M-', []],
    ['patient_name=hopper', ['M-1', 'M-3']],
    ['patient_name=ada%20lovelace', ['M-0']],
    ['patient_name=_%25', ['M-2']],
    ['patient_name=%25', ['M-2']],
    ['patient_phone=4155550101', ['M-1']],
    ['patient_phone=%28415%29%20555-0101', ['M-1']],
    ['patient_phone=x', []],
    ['appointment_mode=telemedicine', ['M-2']],
    ['appointment_mode=office&patient_name=Hopper&patient_mrn=M-1', ['M-1']],
  ])('narrows by %s', async (filter, expected) => {
    expect(await mrns(`start_date=2026-03-11&end_date=2026-03-13&${filter}`)).toEqual(expected);
  });

  test('shows notes only where they are asked for, and always in the one appointment', async () => {
    const path = '/v1/appointments?start_date=2026-03-12&end_date=2026-03-12';
    const plain = taken(await client.call('GET', path));
    expect(plain.appointments[0].note).toBeNull();
    const noted = taken(await client.call('GET', `${path}&include_note=true`));
    expect(noted.appointments[0].note).toBe('Bring the list of medications.');
    const one = taken(await client.call('GET', `/v1/appointment/${plain.appointments[0].id}`));
    expect(one.appointments).toEqual(noted.appointments[0]);
  });

  test('says `ehr_…` where claims say `emr_…`, with the same values', async () => {
    const { appointments } = taken(
      await client.call('GET', '/v1/appointments?start_date=2026-03-12&end_date=2026-03-12'),
    );
    const [appointment] = appointments;
    expect(appointment).toMatchObject({
      ehr_appointment_id: client.practice.appointments[1]?.emrAppointmentId,
      patient_ehr_id: client.practice.patients[1]?.emrPatientId,
      provider_ehr_id: '77',
      object_metadata: { source: 'sync', created_at: expect.any(String) },
    });
    expect(Object.keys(appointment).filter((name) => name.startsWith('emr_'))).toEqual([]);
  });

  test('pages by number where that is asked for', async () => {
    const path = '/v1/appointments?start_date=2026-03-11&end_date=2026-03-13&page_size=3';
    const second = taken(await client.call('GET', `${path}&page=2`));
    expect(second.appointments.map(({ patient_mrn }: Answer['body']) => patient_mrn)).toEqual(['M-3']);
    expect(second.pagination).toEqual({
      current_page: 2,
      total_pages: 2,
      total_count: 4,
      page_size: 3,
    });
  });

  test.each([
    ['', /^'start_date' is required\.$/],
    ['start_date=2026-03-12', /^'end_date' is required\.$/],
    ['start_date=2026-02-30&end_date=2026-03-01', /^Invalid 'start_date' format\. Expected a calendar date/],
    ['start_date=2026-03-12&end_date=2026-03-11', /^Invalid 'end_date'\. Expected a day not before/],
    ['start_date=0001-01-01&end_date=2026-03-11', /^Invalid 'start_date'\. Expected a day of the years/],
    ['start_date=2026-03-12&end_date=9999-12-31', /^Invalid 'end_date'\. Expected a day of the years/],
    ['start_date=2026-03-12&end_date=2026-03-12&page=0', /^Invalid 'page'\. Expected 1 or more\.$/],
    [
      'start_date=2026-03-12&end_date=2026-03-12&page_size=1001',
      /^Invalid 'page_size'\. Expected 1000 or less/,
    ],
    ['start_date=2026-03-12&end_date=2026-03-12&include_note=yes', /^Invalid 'include_note' format\./],
    ['start_date=2026-03-12&end_date=2026-03-12&appointment_mode=home', /^Invalid 'appointment_mode'\./],
    ['start_date=2026-03-12&end_date=2026-03-12&x=1', /^Invalid 'x'\. This field is not known\.$/],
    ['start_date=2026-03-12&end_date=2026-03-12&patient_name=%ff', /^Invalid 'patient_name' format\./],
  ])('refuses "%s" with a clear text', async (query, message) => {
    const answer = await client.call('GET', `/v1/appointments?${query}`);
    expectClaimsError(answer, 400, expect.stringMatching(message));
  });

  test('shows nothing of another account, in a list or by its id', async () => {
    const path = '/v1/appointments?start_date=2026-03-11&end_date=2026-03-13';
    expect(taken(await stranger.call('GET', path)).appointments).toEqual([]);
    const { appointments } = taken(await client.call('GET', path));
    for (const id of [appointments[0].id, '0'.repeat(32), 'x'])
      expectClaimsError(await stranger.call('GET', `/v1/appointment/${id}`), 404, 'Appointment not found.');
  });
});

describe('GET /v1/claims', () => {
  test('lists newest first, by number, and narrows by the day of the request', async () => {
    const other = await createClaimsClient(server(), emr);
    const requested: string[] = [];
    for (const id of await other.newAppointments(5)) {
      requested.unshift((await requestClaim(other, id)).claim_id);
      server().clock.advance(24 * 60 * 60 * 1_000);
    }
    await workOff(server());
    const idsOf = ({ claims }: Answer['body']) => claims.map(({ claim_id }: Answer['body']) => claim_id);
    const list = taken(await other.call('GET', '/v1/claims'));
    expect(idsOf(list)).toEqual(requested);
    expect(list.pagination).toEqual({ current_page: 1, total_pages: 1, total_count: 5, page_size: 50 });
    const second = taken(await other.call('GET', '/v1/claims?page=2&page_size=2'));
    expect(idsOf(second)).toEqual(requested.slice(2, 4));
    const beyond = taken(await other.call('GET', '/v1/claims?page=9&page_size=2'));
    expect([idsOf(beyond), beyond.pagination.total_count]).toEqual([[], 5]);
    const [newest, middle] = [list.claims[0], list.claims[2]];
    const day = (claim: Answer['body']) => claim.created_at.slice(0, 10);
    const range = `start_date=${day(middle)}&end_date=${day(newest)}`;
    expect(idsOf(taken(await other.call('GET', `/v1/claims?${range}`)))).toEqual(requested.slice(0, 3));
    const until = `end_date=${day(middle)}`;
    expect(idsOf(taken(await other.call('GET', `/v1/claims?${until}`)))).toEqual(requested.slice(2));
  });

  test('shows nothing of another account, in a list or by its id', async () => {
    const { claim_id } = await requestClaim(client, await client.newAppointment());
    expect(taken(await stranger.call('GET', '/v1/claims')).claims).toEqual([]);
    for (const id of [claim_id, '0'.repeat(32), 'x', '%00', 'a'.repeat(250)]) {
      const answer = await stranger.call('GET', `/v1/claims/${id}`);
      const text = id === '%00' ? 'There is no such route.' : 'Claim not found.';
      expectClaimsError(answer, 404, text);
    }
  });
});

describe('GET /v1/webhook-events', () => {
  let seen: ClaimsClient;
  let jobs: number[];
  beforeAll(async () => {
    seen = await createClaimsClient(server(), emr);
    const [first = '', second = ''] = await seen.newAppointments(2);
    const one = await requestClaim(seen, first);
    await workOff(server());
    server().clock.advance(24 * 60 * 60 * 1_000);
    seen.practice.onCreate = async () => ({ kind: 'rejected', reasons: [] });
    const other = await requestClaim(seen, second);
    await workOff(server());
    jobs = [one.job_id, other.job_id];
  });

  const list = async (query: string) => taken(await seen.call('GET', `/v1/webhook-events?${query}`));
  const typesOf = ({ webhook_events: events }: Answer['body']) =>
    events.map(({ event_type }: Answer['body']) => event_type);

  test('has both sets of names on every item', async () => {
    const [item] = (await list(`job_id=${jobs[0]}`)).webhook_events;
    expect(item).toEqual({
      event_id: item.id,
      event_type: 'claim.created',
      webhook_url: null,
      delivery_status: null,
      created_at: expect.stringMatching(/T\d\d:\d\d:\d\d\.\d{3}Z$/),
      id: expect.stringMatching(/^evt_/),
      object: 'event',
      type: 'claim.created',
      created: expect.stringMatching(/T\d\d:\d\d:\d\dZ$/),
      access_token_reference_id: seen.referenceId,
      job_id: String(jobs[0]),
      status: null,
      delivered: false,
      delivery_attempts: 0,
      last_delivery_attempt: null,
      response_status_code: null,
      data: expect.objectContaining({ emr_claim_id: expect.any(String) }),
    });
  });

  test('is newest first unless asked otherwise, and narrows by job, type and day', async () => {
    const all = await list('');
    expect(typesOf(all)[0]).toBe('claim.failed');
    expect(typesOf(await list('sort=-created_at'))).toEqual(typesOf(all));
    expect(typesOf(await list('sort=created_at')).at(-1)).toBe('claim.failed');
    expect(typesOf(await list('event_type=claim.created'))).toEqual(['claim.created']);
    expect(typesOf(await list('event_type=nothing.known'))).toEqual([]);
    expect(typesOf(await list(`job_id=${jobs[1]}`))).toEqual(['claim.failed']);
    expect(typesOf(await list('job_id=1'))).toEqual([]);
    const today = server().clock.now().toISOString().slice(0, 10);
    expect(typesOf(await list(`start_date=${today}&event_type=claim.created`))).toEqual([]);
    expect(typesOf(await list(`start_date=${today}&end_date=${today}&event_type=claim.failed`))).toEqual([
      'claim.failed',
    ]);
    expect(typesOf(await list('delivery_status=success'))).toEqual([]);
    expect(typesOf(await list('status=pending'))).toEqual([]);
  });

  test('pages by number', async () => {
    const { total_count: total } = (await list('')).pagination;
    const first = await list('page_size=2');
    const rest = await list('page_size=2&page=2');
    expect(first.pagination).toEqual({
      current_page: 1,
      total_pages: Math.ceil(total / 2),
      total_count: total,
      page_size: 2,
    });
    const ids = [...first.webhook_events, ...rest.webhook_events].map(({ id }: Answer['body']) => id);
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    ['job_id=abc', /^Invalid 'job_id' format/],
    ['job_id=-1', /^Invalid 'job_id' format/],
    ['page_size=101', /^Invalid 'page_size'\. Expected 100 or less/],
    ['delivery_status=lost', /^Invalid 'delivery_status'\. Expected one of/],
    ['sort=name', /^Invalid 'sort'\. Expected one of: created_at, -created_at\./],
    ['start_date=yesterday', /^Invalid 'start_date' format/],
    ['page=1&page=2', /^Invalid 'page' format/],
  ])('refuses %s with a clear text', async (query, message) => {
    const answer = await seen.call('GET', `/v1/webhook-events?${query}`);
    expectClaimsError(answer, 400, expect.stringMatching(message));
  });

  test('shows nothing of another account', async () => {
    expect(taken(await stranger.call('GET', `/v1/webhook-events?job_id=${jobs[0]}`)).webhook_events).toEqual(
      [],
    );
  });
});

describe('/v1/settings', () => {
  test('tells the account’s name, its words and its clock', async () => {
    const other = await createClaimsClient(server(), emr, { timezone: 'Asia/Kolkata' });
    await other.newAppointments(2);
    await other.newAppointment({ status: 'ARR', appointmentType: 'Annual' });
    expect(await other.call('GET', '/v1/settings').then(taken)).toEqual({
      success: true,
      data: {
        access_token_reference_id: other.referenceId,
        visit_types: [
          { code: 'Annual', description: 'Annual' },
          { code: 'Office visit', description: 'Office visit' },
        ],
        visit_statuses: [
          { code: 'ARR', description: 'ARR' },
          { code: 'CHK', description: 'CHK' },
        ],
        required_patient_fields: [],
        timezone: 'Asia/Kolkata',
      },
    });
  });

  test('renames the account, and events carry the new name', async () => {
    const other = await createClaimsClient(server(), emr);
    const answer = await other.call('POST', '/v1/settings', { access_token_reference_id: 'clinic of Ada' });
    expect(taken(answer).data.access_token_reference_id).toBe('clinic of Ada');
    const { job_id } = await requestClaim(other, await other.newAppointment());
    await workOff(server());
    const events = taken(await other.call('GET', `/v1/webhook-events?job_id=${job_id}`)).webhook_events;
    expect(events[0].access_token_reference_id).toBe('clinic of Ada');
  });

  test.each([
    [{}, "'access_token_reference_id' is required."],
    [{ access_token_reference_id: null }, "'access_token_reference_id' is required."],
    [[], "'access_token_reference_id' is required."],
    [{ access_token_reference_id: 'a', timezone: 'UTC' }, 'Unexpected fields in request body: timezone'],
    [{ access_token_reference_id: 7 }, /^Invalid 'access_token_reference_id' format\./],
    [{ access_token_reference_id: '   ' }, /^Invalid 'access_token_reference_id' format\./],
    [{ access_token_reference_id: 'x'.repeat(201) }, /^Invalid 'access_token_reference_id' format\./],
  ])('refuses %j', async (body, message) => {
    const answer = await client.call('POST', '/v1/settings', body);
    expectClaimsError(answer, 400, typeof message === 'string' ? message : expect.stringMatching(message));
    const { data } = taken(await client.call('GET', '/v1/settings'));
    expect(data.access_token_reference_id).toBe(client.referenceId);
  });
});
