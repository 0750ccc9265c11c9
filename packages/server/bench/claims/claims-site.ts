import type { App } from '../../src/app.ts';
import type { Appointment, Patient } from '../../src/appointments/appointment.ts';
import { writeAppointments } from '../../src/appointments/appointment-queries.ts';
import { writePatients } from '../../src/appointments/patient-queries.ts';
import { issueClaimsClient } from '../../src/identity/issue-claims-client.ts';
import { linkAccount } from '../../src/linked-accounts/link-account.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { type Installation, withApp } from '../installation/installation.ts';

/** A client with a linked account, and appointments that the EMR has, each for one claim. */
export interface ClaimsSite {
  readonly headers: Readonly<Record<'client_id' | 'client_secret' | 'access_token', string>>;
  readonly organizationId: string;
  readonly accountId: string;
}

/** Our id of the n-th seeded appointment, from 1: hexadecimal digits, as pgbench can make them, too. */
export function seededAppointmentId(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** Makes the site by the server's own code, but for the appointments, which nobody would wait for. */
export async function createClaimsSite(
  installation: Installation,
  appointments: number,
): Promise<ClaimsSite> {
  return withApp(installation, (app) => asSystem(() => seed(app, installation, appointments)));
}

const patients = 5_000;

type Seeding = readonly [organizationId: string, accountId: string, appointments: number];

async function seed(app: App, { organizationId }: Installation, appointments: number): Promise<ClaimsSite> {
  const keys = await issueClaimsClient(app.database, app.identity, { organizationId, name: 'bench' });
  const context = { ...app.linkedAccounts, wakeAccount: async () => undefined };
  const { account, accessToken } = await linkAccount(context, organizationId, {
    connector: 'simulator',
    settings: {},
    by: 'operator',
  });
  await insertAppointments(app, [organizationId, account.id, appointments]);
  return {
    organizationId,
    accountId: account.id,
    headers: {
      client_id: keys.clientId,
      client_secret: keys.clientSecret,
      access_token: accessToken,
    },
  };
}

/** In batches: a statement has fifteen seconds. */
async function insertAppointments(app: App, [organizationId, accountId, count]: Seeding): Promise<void> {
  const { database, encryption } = app;
  const now = new Date();
  const keys = await encryption.vault.keysOf(organizationId);
  await writePatients(database, keys, accountId, numbered(1, patients).map(patient), now);
  const batch = 2_000;
  for (let first = 1; first <= count; first += batch) {
    const numbers = numbered(first, Math.min(first + batch - 1, count));
    const appointmentsOfBatch = numbers.map((number) => appointment(number, now));
    await writeAppointments(database, keys, accountId, appointmentsOfBatch, now);
  }
  // The EMR is not asked: nothing is to be read while requests are counted.
  await database.execute(`update linked_account set next_sync_at = now() + interval '1 year'`);
}

function numbered(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function patient(number: number): Patient {
  return {
    id: seededAppointmentId(number),
    emrPatientId: String(number),
    mrn: `MRN-${number}`,
    details: { firstName: 'Ada', lastName: 'Byron' },
  };
}

function appointment(number: number, now: Date): Omit<Appointment, 'createdAt'> {
  return {
    id: seededAppointmentId(number),
    emrAppointmentId: String(number),
    emrPatientId: String(1 + (number % patients)),
    status: 'fulfilled',
    startsAt: new Date(now.getTime() - number * 60_000),
    mode: 'office',
    details: { appointmentType: 'Office visit' },
    source: 'sync',
  };
}
