import type { EmrConnectorKind } from '../emr/connector.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { AccountReference, AccountState, LinkedAccount, LinkedBy } from './linked-account.ts';

interface AccountRow {
  readonly organization_id: string;
  readonly id: string;
  readonly access_token_last_four: string;
  readonly access_token_reference_id: string;
  readonly connector: EmrConnectorKind;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly linked_by: LinkedBy;
  readonly emr_instance_domain: string;
  readonly timezone: string;
  readonly state: AccountState;
  readonly last_synced_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = `organization_id, id, access_token_last_four, access_token_reference_id, connector, settings,
  linked_by, emr_instance_domain, timezone, state, last_synced_at, created_at, updated_at`;

export interface HashedToken {
  readonly accessTokenHash: string;
  readonly accessTokenLastFour: string;
}

/** The first sync is due at once. */
export async function insertAccount(
  database: Queryable,
  account: Omit<LinkedAccount, 'state' | 'lastSyncedAt'> & HashedToken,
): Promise<void> {
  await database.execute(
    `insert into linked_account
       (organization_id, id, access_token_hash, access_token_last_four, access_token_reference_id, connector, settings,
        emr_instance_domain, timezone, state, next_sync_at, created_at, updated_at, linked_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $10, $11, $12)`,
    [
      account.organizationId,
      account.id,
      account.accessTokenHash,
      account.accessTokenLastFour,
      account.accessTokenReferenceId,
      account.connector,
      account.settings,
      account.emrInstanceDomain,
      account.timezone,
      account.createdAt,
      account.updatedAt,
      account.linkedBy,
    ],
  );
}

/** Undefined for an account that was never there, or is revoked. */
export async function findAccount(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
): Promise<LinkedAccount | undefined> {
  const rows = await database.query<AccountRow>(
    {
      name: 'find_linked_account',
      text: `select ${columns} from linked_account where organization_id = $1 and id = $2 and revoked_at is null`,
    },
    [organizationId, accountId],
  );
  return rows[0] === undefined ? undefined : accountFromRow(rows[0]);
}

/** Revoked ones too: what still happens to their claims is still told. */
export async function findAnyAccount(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
): Promise<(LinkedAccount & { readonly isRevoked: boolean }) | undefined> {
  const [row] = await database.query<AccountRow & { readonly is_revoked: boolean }>(
    {
      name: 'find_any_linked_account',
      text: `select ${columns}, revoked_at is not null as is_revoked from linked_account
              where organization_id = $1 and id = $2`,
    },
    [organizationId, accountId],
  );
  return row === undefined ? undefined : { ...accountFromRow(row), isRevoked: row.is_revoked };
}

export interface AccountPosition {
  readonly createdAt: string;
  readonly id: string;
}

/** Live ones, newest first. */
export async function listAccounts(
  database: Queryable,
  organizationId: string,
  page: { readonly before: AccountPosition | undefined; readonly limit: number },
): Promise<readonly LinkedAccount[]> {
  const rows = await database.query<AccountRow>(
    `select ${columns} from linked_account
      where organization_id = $1 and revoked_at is null
        and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3))
      order by created_at desc, id desc limit $4`,
    [organizationId, page.before?.createdAt, page.before?.id, page.limit],
  );
  return rows.map(accountFromRow);
}

export interface AccountChange {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly linkedBy: LinkedBy;
  readonly emrInstanceDomain: string;
  readonly timezone: string;
  /** Undefined: the token stays. */
  readonly token: HashedToken | undefined;
  readonly at: Date;
}

/**
 * New settings, working credentials: the account is active again and due for a sync. One under way with the old ones
 * loses its lease and stores nothing more. Undefined when it is gone.
 */
export async function updateRelinked(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
  change: AccountChange,
): Promise<LinkedAccount | undefined> {
  const rows = await database.query<AccountRow>(
    `update linked_account
        set settings = $3, emr_instance_domain = $4, timezone = $5, state = 'active', next_sync_at = $6, updated_at = $6,
            lease_number = lease_number + 1, leased_until = null,
            linked_by = $9, access_token_hash = coalesce($7, access_token_hash),
            access_token_last_four = coalesce($8, access_token_last_four)
      where organization_id = $1 and id = $2 and revoked_at is null
      returning ${columns}`,
    [
      organizationId,
      accountId,
      change.settings,
      change.emrInstanceDomain,
      change.timezone,
      change.at,
      change.token?.accessTokenHash,
      change.token?.accessTokenLastFour,
      change.linkedBy,
    ],
  );
  return rows[0] === undefined ? undefined : accountFromRow(rows[0]);
}

export async function updateReferenceId(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
  referenceId: string,
  at: Date,
): Promise<void> {
  await database.execute(
    `update linked_account set access_token_reference_id = $3, updated_at = $4
      where organization_id = $1 and id = $2 and revoked_at is null`,
    [organizationId, accountId, referenceId, at],
  );
}

/**
 * The account as it is now when it was active until this moment; undefined when somebody noted it before, or the account
 * was changed since it was read: then it was the former login that the EMR refused.
 */
export async function updateLoginRequired(
  database: Queryable,
  { organizationId, id, updatedAt }: Pick<LinkedAccount, 'organizationId' | 'id' | 'updatedAt'>,
  at: Date,
): Promise<LinkedAccount | undefined> {
  const rows = await database.query<AccountRow>(
    `update linked_account set state = 'login_required', updated_at = $3
      where organization_id = $1 and id = $2 and revoked_at is null and state = 'active' and updated_at = $4
      returning ${columns}`,
    [organizationId, id, at, updatedAt],
  );
  return rows[0] === undefined ? undefined : accountFromRow(rows[0]);
}

/** Number of accounts revoked: 0 when there is none of that id, or it was revoked before. */
export async function revokeAccount(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
  at: Date,
): Promise<number> {
  return database.execute(
    `update linked_account set revoked_at = $3, updated_at = $3
      where organization_id = $1 and id = $2 and revoked_at is null`,
    [organizationId, accountId, at],
  );
}

function accountFromRow(row: AccountRow): LinkedAccount {
  return {
    organizationId: row.organization_id,
    id: row.id,
    accessTokenLastFour: row.access_token_last_four,
    accessTokenReferenceId: row.access_token_reference_id,
    connector: row.connector,
    settings: row.settings,
    linkedBy: row.linked_by,
    emrInstanceDomain: row.emr_instance_domain,
    timezone: row.timezone,
    state: row.state,
    lastSyncedAt: row.last_synced_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
