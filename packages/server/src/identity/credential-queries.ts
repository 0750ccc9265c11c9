import type { Environment } from '../config/config.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { Scope } from './scope.ts';

/** What a request needs to know of its credential. */
export interface ActiveCredential {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: Environment;
  readonly scope: Scope;
  readonly expiresAt: Date | null;
}

/** What may be shown of a credential: never the token, nor its hash. */
export interface Credential {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly lastFour: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

export interface NewCredential {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: Environment;
  readonly name: string;
  readonly scope: Scope;
  readonly tokenHash: string;
  readonly tokenLastFour: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

/** The one query for a request without an organization: it is what finds the organization. */
export async function findActiveCredential(
  database: Queryable,
  tokenHash: string,
): Promise<ActiveCredential | undefined> {
  const rows = await database.query<ActiveCredential>(
    {
      name: 'find_active_credential',
      text: `select id, organization_id as "organizationId", environment, scope, expires_at as "expiresAt"
               from credential where token_hash = $1 and revoked_at is null`,
    },
    [tokenHash],
  );
  return rows[0];
}

export async function insertCredential(database: Queryable, credential: NewCredential): Promise<void> {
  await database.execute(
    `insert into credential (id, organization_id, environment, name, scope, token_hash, token_last_four,
       created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      credential.id,
      credential.organizationId,
      credential.environment,
      credential.name,
      credential.scope,
      credential.tokenHash,
      credential.tokenLastFour,
      credential.createdAt,
      credential.expiresAt ?? null,
    ],
  );
}

interface CredentialRow {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly token_last_four: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const columns = 'id, name, scope, token_last_four, created_at, expires_at, last_used_at, revoked_at';

/** Newest first, revoked and expired ones too: a list that forgets is no help after a leak. */
export async function listCredentials(
  database: Queryable,
  organizationId: string,
  page: {
    readonly before: { readonly createdAt: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<readonly Credential[]> {
  const rows = await database.query<CredentialRow>(
    `select ${columns} from credential
      where organization_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::text))
      order by created_at desc, id desc limit $4`,
    [organizationId, page.before?.createdAt ?? null, page.before?.id ?? null, page.limit],
  );
  return rows.map(credentialOf);
}

export async function findCredential(
  database: Queryable,
  organizationId: string,
  credentialId: string,
): Promise<Credential | undefined> {
  const rows = await database.query<CredentialRow>(
    `select ${columns} from credential where organization_id = $1 and id = $2`,
    [organizationId, credentialId],
  );
  return rows.map(credentialOf)[0];
}

/** Number of credentials revoked: 0 when there is none of that id, or it was revoked before. */
export async function revokeCredential(
  database: Queryable,
  organizationId: string,
  credentialId: string,
  revokedAt: Date,
): Promise<number> {
  return database.execute(
    'update credential set revoked_at = $3 where organization_id = $1 and id = $2 and revoked_at is null',
    [organizationId, credentialId, revokedAt],
  );
}

/** Writes nothing when another process did within the interval. */
export async function recordCredentialUse(
  database: Queryable,
  organizationId: string,
  credentialId: string,
  usedAt: Date,
  intervalMs: number,
): Promise<void> {
  await database.execute(
    `update credential set last_used_at = $3
      where organization_id = $1 and id = $2 and (last_used_at is null or last_used_at <= $4)`,
    [organizationId, credentialId, usedAt, new Date(usedAt.getTime() - intervalMs)],
  );
}

function credentialOf(row: CredentialRow): Credential {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    lastFour: row.token_last_four,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  };
}

/** Every way an organization may call: bearer tokens, clients of the claims API and its access tokens. */
export async function revokeAllCredentials(
  database: Queryable,
  organizationId: string,
  revokedAt: Date,
): Promise<void> {
  for (const table of ['credential', 'claims_client', 'linked_account']) {
    await database.execute(
      `update ${table} set revoked_at = $2 where organization_id = $1 and revoked_at is null`,
      [organizationId, revokedAt],
    );
  }
}
