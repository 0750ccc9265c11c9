import type { Environment } from '../config/config.ts';
import type { Queryable } from '../platform/database/database.ts';

export interface Credential {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: Environment;
}

export interface NewCredential extends Credential {
  readonly name: string;
  readonly tokenHash: string;
  readonly tokenLastFour: string;
  readonly createdAt: Date;
}

/** The one query for a request without an organization: it is what finds the organization. */
export async function findActiveCredential(
  database: Queryable,
  tokenHash: string,
): Promise<Credential | undefined> {
  const rows = await database.query<Credential>(
    {
      name: 'find_active_credential',
      text: `select id, organization_id as "organizationId", environment
               from credential where token_hash = $1 and revoked_at is null`,
    },
    [tokenHash],
  );
  return rows[0];
}

export async function insertOrganization(
  database: Queryable,
  organization: { readonly id: string; readonly name: string; readonly createdAt: Date },
): Promise<void> {
  await database.execute('insert into organization (id, name, created_at) values ($1, $2, $3)', [
    organization.id,
    organization.name,
    organization.createdAt,
  ]);
}

/** Undefined also for one whose keys were destroyed. */
export async function findOrganization(
  database: Queryable,
  organizationId: string,
): Promise<{ readonly id: string } | undefined> {
  const rows = await database.query<{ id: string }>(
    'select id from organization where id = $1 and shredded_at is null',
    [organizationId],
  );
  return rows[0];
}

export async function insertCredential(database: Queryable, credential: NewCredential): Promise<void> {
  await database.execute(
    `insert into credential (id, organization_id, environment, name, token_hash, token_last_four, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      credential.id,
      credential.organizationId,
      credential.environment,
      credential.name,
      credential.tokenHash,
      credential.tokenLastFour,
      credential.createdAt,
    ],
  );
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
