import { beforeEach, describe, expect, test } from 'vitest';
import {
  extendSyncLease,
  finishSync,
  leaseSync,
  storeCursor,
} from '../../../src/appointments/sync-queries.ts';
import { EmrReadError } from '../../../src/emr/connector.ts';
import { LeaseLostError } from '../../../src/platform/jobs/keep-lease.ts';
import type { Answer } from '../../support/api/api-client.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import {
  type ClaimsClient,
  createClaimsClient,
  syncNow,
  workOff,
} from '../../support/claims/claims-client.ts';
import { taken } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr, newVisit } from '../../support/claims/scripted-emr.ts';
import { storedEvents } from '../../support/encryption/opened-rows.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

let client: ClaimsClient;
beforeEach(async () => {
  client = await createClaimsClient(server(), emr);
});

async function events(): Promise<Answer['body'][]> {
  const path = '/v1/webhook-events?sort=created_at&page_size=100';
  return taken(await client.call('GET', path)).webhook_events;
}

async function readAppointment(id: string): Promise<Answer['body']> {
  return taken(await client.call('GET', `/v1/appointment/${id}`)).appointments;
}

/** The same visit, told again with changes. */
async function tell(overrides: Parameters<typeof newVisit>[0]): Promise<void> {
  const [known] = client.practice.appointments;
  if (known === undefined) throw new Error('There is no visit yet.');
  client.practice.appointments.push({ ...known, ...overrides });
  await syncNow(server(), client);
}

describe('the first sync', () => {
  test('reads everything, page by page, and tells of nothing: it is no news', async () => {
    const other = await createClaimsClient(server(), emr);
    const visits = Array.from({ length: 7 }, () => newVisit());
    const fresh = await createFresh(visits);
    const list = taken(await fresh.call('GET', '/v1/appointments?start_date=2026-03-12&end_date=2026-03-12'));
    expect(list.appointments).toHaveLength(7);
    expect(taken(await fresh.call('GET', '/v1/webhook-events')).webhook_events).toEqual([]);
    expect(taken(await other.call('GET', '/v1/webhook-events')).webhook_events).toEqual([]);
  });

  /** A client whose practice has visits before it is linked. */
  async function createFresh(visits: readonly ReturnType<typeof newVisit>[]): Promise<ClaimsClient> {
    const fresh = await createClaimsClient(server(), emr);
    fresh.practice.pageSize = 3;
    fresh.practice.patients.push(...visits.map(({ patient }) => patient));
    fresh.practice.appointments.push(...visits.map(({ appointment }) => appointment));
    await server().database.execute(
      `update linked_account set last_synced_at = null, appointment_cursor = null, patient_cursor = null where id = $1`,
      [fresh.accountId],
    );
    await syncNow(server(), fresh);
    return fresh;
  }
});

describe('a later sync', () => {
  test('tells of a new patient and a new appointment, in the vendor’s envelope without a job', async () => {
    const id = await client.newAppointment();
    const [patient, appointment, ...others] = await events();
    expect(others).toEqual([]);
    const mrn = client.practice.patients[0]?.mrn;
    expect([patient.type, patient.job_id, patient.data]).toEqual([
      'patient.created',
      null,
      { patient_id: expect.stringMatching(/^[0-9a-f]{32}$/), mrn },
    ]);
    expect([appointment.type, appointment.job_id, appointment.data]).toEqual([
      'appointment.created',
      null,
      {
        appointment_id: id,
        mrn,
        date_time: '2026-03-12T11:30:00-04:00',
        timezone: 'America/New_York',
        provider_id: '77',
        provider_name: 'Grace Hopper',
        secondary_provider_id: null,
      },
    ]);
    const [row] = await storedEvents(server(), 'id = $1', [appointment.id]);
    expect(JSON.parse(row?.body ?? '{}')).not.toHaveProperty('job_id');
  });

  test('tells of a change a client can see, keeps the id, and tells of no other', async () => {
    const id = await client.newAppointment();
    const before = (await events()).length;
    await tell({});
    await tell({});
    expect(await events()).toHaveLength(before);
    await tell({ startsAt: new Date('2026-03-19T15:30:00.000Z'), reason: 'Moved' });
    const [changed, ...others] = (await events()).slice(before);
    expect(others).toEqual([]);
    expect([changed.type, changed.data.appointment_id, changed.data.date_time]).toEqual([
      'appointment.updated',
      id,
      '2026-03-19T11:30:00-04:00',
    ]);
    expect(await readAppointment(id)).toMatchObject({ id, reason: 'Moved' });
  });

  test('tells of a cancellation once', async () => {
    const id = await client.newAppointment();
    await tell({ status: 'CANC' });
    await tell({ status: 'CANC', reason: 'By phone' });
    const types = (await events()).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['appointment.cancelled', 'appointment.updated']);
    expect(await readAppointment(id)).toMatchObject({ status: 'CANC', reason: 'By phone' });
  });

  test('tells of a patient whose data changed', async () => {
    const id = await client.newAppointment();
    const before = (await events()).length;
    const [known] = client.practice.patients;
    if (known === undefined) throw new Error('There is no patient.');
    client.practice.patients.push({ ...known, phone: '415-555-0199' });
    await syncNow(server(), client);
    expect((await events()).slice(before).map(({ type }) => type)).toEqual(['patient.updated']);
    expect((await readAppointment(id)).patient_phone).toBe('415-555-0199');
  });

  test('comes a minute after the last one, and asks only for what is new', async () => {
    await client.newAppointment();
    let reads = 0;
    client.practice.onRead = async () => {
      reads += 1;
    };
    server().clock.advance(59_000);
    await workOff(server());
    expect(reads).toBe(0);
    server().clock.advance(1_000);
    await workOff(server());
    expect(reads).toBe(2);
  });
});

describe('a sync that fails', () => {
  test('half-way goes on behind the last page it kept', async () => {
    client.practice.pageSize = 2;
    let reads = 0;
    client.practice.onRead = async () => {
      reads += 1;
      if (reads === 3) throw new EmrReadError('unavailable', 'Down.');
    };
    const visits = Array.from({ length: 6 }, () => newVisit());
    client.practice.patients.push(...visits.map(({ patient }) => patient));
    client.practice.appointments.push(...visits.map(({ appointment }) => appointment));
    await syncNow(server(), client);
    expect((await events()).map(({ type }) => type)).toEqual(Array(4).fill('patient.created'));
    await syncNow(server(), client);
    const types = (await events()).map(({ type }) => type);
    expect(types).toEqual([...Array(6).fill('patient.created'), ...Array(6).fill('appointment.created')]);
  });

  test('is run again when the EMR said, and not before', async () => {
    let reads = 0;
    client.practice.onRead = async () => {
      reads += 1;
      throw new EmrReadError('unavailable', 'Busy.', { retryAfterMs: 300_000 });
    };
    await syncNow(server(), client);
    expect(reads).toBe(1);
    server().clock.advance(299_000);
    await workOff(server());
    expect(reads).toBe(1);
    server().clock.advance(1_000);
    await workOff(server());
    expect(reads).toBe(2);
  });

  test('for a dead login tells of the account once and stops', async () => {
    let reads = 0;
    client.practice.onRead = async () => {
      reads += 1;
      throw new EmrReadError('login_required', 'The password expired.');
    };
    await syncNow(server(), client);
    await syncNow(server(), client);
    expect(reads).toBe(1);
    const rows = await server().database.query<{ type: string }>(
      'select type from webhook_event where account_id = $1',
      [client.accountId],
    );
    expect(rows).toEqual([{ type: 'access_token.login_required' }]);
  });

  test('with a defect is put off and does not hold the account', async () => {
    client.practice.onRead = async () => {
      throw new TypeError('x is not a function');
    };
    await syncNow(server(), client);
    client.practice.onRead = async () => undefined;
    await client.newAppointment();
    expect((await events()).map(({ type }) => type)).toContain('appointment.created');
    expect(server().logged()).toContain('a sync failed and will be run again');
  });
});

test('two workers do not sync one account at once, and the slower one keeps nothing', async () => {
  const { database } = server();
  await database.execute('update linked_account set next_sync_at = $2 where id = $1', [
    client.accountId,
    server().clock.now(),
  ]);
  const first = await leaseSync(database, client, server().clock.now(), 15);
  if (first === undefined) throw new Error('The account is due.');
  expect(await leaseSync(database, client, server().clock.now(), 15)).toBeUndefined();
  await database.execute('update linked_account set leased_until = now() where id = $1', [client.accountId]);
  const second = await leaseSync(database, client, server().clock.now(), 15);
  expect(second?.leaseNumber).toBe(first.leaseNumber + 1);
  await expect(
    database.transaction((transaction) => storeCursor(transaction, first, 'patient', '99')),
  ).rejects.toThrow(LeaseLostError);
});

test.each(['at its end', 'when it is broken off'])(
  'a sync that gave its account back %s holds it no more by a late renewal',
  async (when) => {
    const { database } = server();
    const now = server().clock.now();
    await database.execute('update linked_account set next_sync_at = $2 where id = $1', [
      client.accountId,
      now,
    ]);
    const held = await leaseSync(database, client, now, 15);
    if (held === undefined) throw new Error('The account is due.');
    if (when.includes('end')) await finishSync(database, held, now, now);
    else await extendSyncLease(database, held, 0);
    expect(await extendSyncLease(database, held, 15)).toBe(false);
    expect(await leaseSync(database, client, now, 15)).toMatchObject({ leaseNumber: held.leaseNumber + 1 });
  },
);
