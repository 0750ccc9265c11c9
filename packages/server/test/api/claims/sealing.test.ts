import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeAppointments } from '../../../src/appointments/appointment-queries.ts';
import { writePatients } from '../../../src/appointments/patient-queries.ts';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import { shredOrganization } from '../../../src/shred-organization.ts';
import type { Answer } from '../../support/api/api-client.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { claimRow } from '../../support/claims/claim-rows.ts';
import {
  type ClaimsClient,
  createClaimsClient,
  syncNow,
  workOff,
} from '../../support/claims/claims-client.ts';
import { readClaim, requestClaim, taken } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr, newVisit } from '../../support/claims/scripted-emr.ts';
import { canariesInFiles, canariesInTables } from '../../support/encryption/canary-dump.ts';
import {
  type ClaimsStory,
  claimsCanaries,
  quotingReceivers,
  readClaimsStory,
  tellClaimsStory,
  toldCanaries,
} from '../../support/encryption/claims-story.ts';
import { finishRotation, keyVersions, rotate, rowsByVersion } from '../../support/encryption/key-versions.ts';
import { organizationKeys, storedClaimSecrets } from '../../support/encryption/opened-rows.ts';

const emr = createScriptedEmr();
const server = useTestServer({
  overrides: { emrConnectors: () => [emr.factory], outbound: quotingReceivers },
  workers: false,
});

describe('a dump of everything the claims API keeps', () => {
  let story: ClaimsStory;
  beforeAll(async () => {
    story = await tellClaimsStory(server(), emr);
  });

  test('tells nothing of a patient, though the API tells it all', async () => {
    const told = JSON.stringify(await readClaimsStory(story));
    expect(toldCanaries.filter((word) => !told.includes(word))).toEqual([]);
    expect(await canariesInTables(server().database, claimsCanaries)).toEqual([]);
    expect(await canariesInFiles(server().dataDirectory, claimsCanaries)).toEqual([]);
    const log = server().logged();
    expect(claimsCanaries.filter((word) => log.includes(word))).toEqual([]);
    expect(log).toContain('/v1/appointments');
  });

  test('has something sealed in every table of the mirror, claims and webhooks', async () => {
    for (const table of ['emr_patient', 'appointment', 'claim', 'webhook_event', 'webhook_attempt']) {
      const rows = await server().database.query<{ count: number }>(
        `select count(sealed)::int as count from ${table} where organization_id = $1`,
        [story.client.organizationId],
      );
      expect([table, (rows[0]?.count ?? 0) > 0]).toEqual([table, true]);
    }
  });

  test('is sealed anew by a rotation, which changes nothing the API tells and lets the old key go', async () => {
    const { client } = story;
    const before = await readClaimsStory(story);
    const sealed = await rowsByVersion(server(), client);
    expect(Object.keys(sealed)).toEqual(['1']);
    expect(await rotate(server(), client)).toMatchObject({ resealed: sealed[1], unreadable: 0 });
    expect(await rowsByVersion(server(), client)).toEqual({ 2: sealed[1] });
    await finishRotation(server());
    expect(await keyVersions(server(), client)).toEqual([[2, false]]);
    expect(await readClaimsStory(story)).toEqual(before);
  });

  test('stays sealed for ever once the organization is shredded, and nobody works on it any more', async () => {
    const { client } = story;
    const { organizationId } = client;
    const before = server().logged().length;
    expect(await shredOrganization(server().app, organizationId)).toBe(true);
    // A credential is trusted for 0.9 s, keys for half a minute.
    server().clock.advance(30_000);
    expect((await client.call('GET', '/v1/claims')).status).toBe(401);
    await expect(organizationKeys(server(), organizationId)).rejects.toMatchObject({
      code: 'insufficient_permissions',
    });
    const creates = client.practice.creates.length;
    await workOff(server());
    server().clock.advance(3_600_000);
    await workOff(server());
    expect(client.practice.creates).toHaveLength(creates);
    expect(server().logged().slice(before)).not.toMatch(/"level":(50|"error")/);
    const pending = await server().database.query(
      `select 1 from claim where organization_id = $1 and due_at is not null
       union all select 1 from webhook_delivery where organization_id = $1 and due_at is not null
       union all select 1 from webhook_secret where organization_id = $1`,
      [organizationId],
    );
    expect(pending).toEqual([]);
    const kept = await server().database.query('select state from claim where organization_id = $1', [
      organizationId,
    ]);
    expect(kept).toHaveLength(3);
  });
});

describe('a sealed value of the mirror', () => {
  let client: ClaimsClient;
  beforeEach(async () => {
    client = await createClaimsClient(server(), emr);
  });

  /** What one row has sealed, put in the place of another's. */
  function move(table: string, column: string, from: string, to: string): Promise<number> {
    return server().database.execute(
      `update ${table} t set sealed = f.sealed from ${table} f where f.${column} = $1 and t.${column} = $2`,
      [from, to],
    );
  }

  function damage(emrPatientId: string | undefined): Promise<number> {
    return server().database.execute(
      'update emr_patient set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where emr_patient_id = $1',
      [emrPatientId],
    );
  }

  test('that was moved to another row does not open there', async () => {
    const [mine = '', other = ''] = await client.newAppointments(2);
    const [patient, otherPatient] = client.practice.patients;
    await move('appointment', 'id', other, mine);
    expect((await client.call('GET', `/v1/appointment/${mine}`)).status).toBe(500);
    expect(server().logged()).toContain(
      `appointment ${client.accountId} ${mine}: A sealed value was altered`,
    );
    taken(await client.call('GET', `/v1/appointment/${other}`));
    await move(
      'emr_patient',
      'emr_patient_id',
      patient?.emrPatientId ?? '',
      otherPatient?.emrPatientId ?? '',
    );
    expect((await client.call('GET', `/v1/appointment/${other}`)).status).toBe(500);
  });

  test('that does not open keeps its own claim from the EMR and holds up no other', async () => {
    const [broken = '', whole = ''] = await client.newAppointments(2);
    await damage(client.practice.patients[0]?.emrPatientId);
    const waiting = await requestClaim(client, broken);
    const made = await requestClaim(client, whole);
    await workOff(server());
    expect(client.practice.creates).toEqual([made.claim_id]);
    expect(server().logged()).toContain('a claim does not open; it will be taken up again');
    expect((await client.call('GET', `/v1/claims/${waiting.claim_id}`)).status).toBe(500);
    expect(await readClaim(client, made.claim_id)).toMatchObject({ state: 'created' });
  });

  test('that does not open has its claim rest, longer each time, and then for good', async () => {
    const { claim_id } = await requestClaim(client, await client.newAppointment());
    await damage(client.practice.patients[0]?.emrPatientId);
    await workOff(server());
    for (const seconds of [15, 30, 60, 120, 240, 480, 960]) {
      const { lease_number } = await claimRow(server(), claim_id);
      server().clock.advance(seconds * 1_000 - 1);
      await workOff(server());
      expect((await claimRow(server(), claim_id)).lease_number).toBe(lease_number);
      server().clock.advance(1);
      await workOff(server());
      expect((await claimRow(server(), claim_id)).lease_number).toBe(lease_number + 1);
    }
    const row = await claimRow(server(), claim_id);
    expect([row.state, row.due_at, row.leased_until]).toEqual(['pending_create', null, null]);
    const told = server()
      .logged()
      .split('\n')
      .filter((line) => line.includes(claim_id));
    expect(told.filter((line) => line.includes('is off the schedule'))).toHaveLength(1);
    expect(client.practice.creates).toEqual([]);
  });

  test('is found by its index in its own organization, and looks different in another', async () => {
    const stranger = await createClaimsClient(server(), emr);
    const { patient, appointment } = newVisit();
    for (const { practice } of [client, stranger]) {
      practice.patients.push(patient);
      practice.appointments.push(appointment);
    }
    await syncNow(server(), client);
    await syncNow(server(), stranger);
    const day = 'start_date=2026-03-12&end_date=2026-03-12';
    for (const one of [client, stranger]) {
      const found = taken(await one.call('GET', `/v1/appointments?${day}&patient_mrn=${patient.mrn}`));
      expect(found.appointments).toHaveLength(1);
    }
    const rows = await server().database.query<{ mrns: number; phones: number }>(
      `select count(distinct mrn_index)::int as mrns, count(distinct phone_index)::int as phones
         from emr_patient where emr_patient_id = $1`,
      [patient.emrPatientId],
    );
    expect(rows).toEqual([{ mrns: 2, phones: 2 }]);
  });
});

describe('an MRN that changes', () => {
  test('is told as it was when the claim was settled, and shown so ever after', async () => {
    const client = await createClaimsClient(server(), emr);
    const appointmentId = await client.newAppointment();
    const { claim_id: claimId } = await requestClaim(client, appointmentId);
    expect(await storedClaimSecrets(server(), claimId)).toBeUndefined();
    const [patient] = client.practice.patients;
    if (patient === undefined) throw new Error('The practice has a patient.');
    expect((await readClaim(client, claimId)).patient_mrn).toBe(patient.mrn);
    await workOff(server());
    client.practice.patients.push({ ...patient, mrn: 'MRN-new' });
    await syncNow(server(), client);
    expect((await readClaim(client, claimId)).patient_mrn).toBe(patient.mrn);
    const { appointments } = taken(await client.call('GET', `/v1/appointment/${appointmentId}`));
    expect(appointments.patient_mrn).toBe('MRN-new');
  });
});

describe('a part of a name', () => {
  test('is looked for in more patients than are opened at once', async () => {
    const client = await createClaimsClient(server(), emr);
    const { organizationId, accountId } = client;
    const { database } = server().app;
    const now = server().clock.now();
    const numbers = Array.from({ length: 2_500 }, (_, index) => index);
    const keys = await organizationKeys(server(), organizationId);
    const idOf = (number: number) => number.toString(16).padStart(32, '0');
    const lastNameOf = (number: number) => (number % 500 === 499 ? 'Needleman' : 'Haystack');
    await asOrganization(organizationId, async () => {
      const patients = numbers.map((number) => ({
        id: idOf(number),
        emrPatientId: `p${number}`,
        mrn: undefined,
        details: { firstName: 'Ada', lastName: lastNameOf(number) },
      }));
      await writePatients(database, keys, accountId, patients, now);
      const appointments = numbers.map((number) => ({
        id: idOf(number),
        emrAppointmentId: `a${number}`,
        emrPatientId: `p${number}`,
        status: 'booked',
        startsAt: new Date('2026-03-12T15:30:00.000Z'),
        mode: undefined,
        details: {},
        source: 'sync' as const,
      }));
      await writeAppointments(database, keys, accountId, appointments, now);
    });
    const day = 'start_date=2026-03-12&end_date=2026-03-12';
    const found = taken(await client.call('GET', `/v1/appointments?${day}&patient_name=A%20NEEDLE`));
    const ids = found.appointments.map(({ ehr_appointment_id }: Answer['body']) => ehr_appointment_id);
    expect(ids).toEqual(['a499', 'a999', 'a1499', 'a1999', 'a2499']);
    expect(found.pagination.total_count).toBe(5);
  });
});

describe('a rotation under load', () => {
  test('costs no claim and no event', { timeout: 60_000 }, async () => {
    const client = await createClaimsClient(server(), emr);
    const appointments = await client.newAppointments(20);
    const posting = (async () => {
      const ids: string[] = [];
      for (const appointmentId of appointments) {
        ids.push((await requestClaim(client, appointmentId)).claim_id);
        await workOff(server());
      }
      return ids;
    })();
    const rotating = (async () => {
      for (let round = 0; round < 3; round += 1) {
        expect(await rotate(server(), client)).toMatchObject({ unreadable: 0 });
        await finishRotation(server());
      }
    })();
    const [ids] = await Promise.all([posting, rotating]);
    await workOff(server());
    for (const id of ids) expect(await readClaim(client, id)).toMatchObject({ state: 'created' });
    const told = taken(await client.call('GET', '/v1/webhook-events?event_type=claim.created&page_size=100'));
    expect(told.webhook_events).toHaveLength(appointments.length);
    const versions = await keyVersions(server(), client);
    expect(versions.at(-1)).toEqual([expect.any(Number), false]);
    expect(versions.at(-1)?.[0]).toBeGreaterThan(2);
  });
});
