import type { Database } from '../../../src/platform/database/database.ts';

export interface TestAccount {
  readonly organizationId: string;
  readonly accountId: string;
}

/** A linked account that nobody can log in to, for what hangs on its row. */
export async function insertTestAccount(
  database: Database,
  accountId: string,
  organizationId = 'org_of_accounts',
): Promise<TestAccount> {
  await database.execute(
    `insert into organization (id, name, created_at) values ($1, 'Clinic', now()) on conflict do nothing`,
    [organizationId],
  );
  await database.execute(
    `insert into linked_account (organization_id, id, access_token_hash, access_token_last_four,
       access_token_reference_id, connector, settings, emr_instance_domain, timezone, state, next_sync_at,
       created_at, updated_at)
     values ($1, $2, $3, '', '', 'simulator', '{}', '', 'UTC', 'active', now(), now(), now())`,
    [organizationId, accountId, `${organizationId} ${accountId}`],
  );
  return { organizationId, accountId };
}
