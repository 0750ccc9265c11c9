import type { Environment } from '../config/config.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { Scope } from './scope.ts';

export interface Credential {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: Environment;
  readonly scope: Scope;
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
      text: `select id, organization_id as "organizationId", environment, scope
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

export async function findOrganization(
  database: Queryable,
  organizationId: string,
): Promise<{ readonly id: string } | undefined> {
  const rows = await database.query<{ id: string }>('select id from organization where id = $1', [
    organizationId,
  ]);
  return rows[0];
}

export async function insertCredential(database: Queryable, credential: NewCredential): Promise<void> {
  await database.execute(
    `insert into credential
       (id, organization_id, environment, name, token_hash, token_last_four, created_at, scope)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      credential.id,
      credential.organizationId,
      credential.environment,
      credential.name,
      credential.tokenHash,
      credential.tokenLastFour,
      credential.createdAt,
      credential.scope,
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
