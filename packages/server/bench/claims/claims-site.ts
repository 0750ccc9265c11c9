import type { App } from '../../src/app.ts';
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
  await app.database.execute(
    `insert into emr_patient (organization_id, account_id, emr_patient_id, id, mrn, details, updated_at)
     select $1, $2, n::text, md5(n::text), 'MRN-' || n, '{"firstName":"Ada","lastName":"Byron"}', now()
       from generate_series(1, $3::integer) n`,
    [organizationId, accountId, patients],
  );
  const batch = 10_000;
  for (let first = 1; first <= count; first += batch) {
    const last = Math.min(first + batch - 1, count);
    await app.database.execute(
      `insert into appointment (organization_id, account_id, id, emr_appointment_id, emr_patient_id, status, starts_at,
                                mode, details, source, created_at, updated_at)
       select $1, $2, lpad(to_hex(n), 32, '0'), n::text, (1 + n % $5::integer)::text, 'fulfilled',
              now() - make_interval(mins => n), 'office', '{"appointmentType":"Office visit"}', 'sync', now(), now()
         from generate_series($3::integer, $4::integer) n`,
      [organizationId, accountId, first, last, patients],
    );
  }
  // The EMR is not asked: nothing is to be read while requests are counted.
  await app.database.execute(`update linked_account set next_sync_at = now() + interval '1 year'`);
}
