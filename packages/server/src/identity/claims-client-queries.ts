import type { Environment } from '../config/config.ts';
import type { Queryable } from '../platform/database/database.ts';

/** A customer's client as somebody who manages it sees it. */
export interface ClaimsClient {
  readonly id: string;
  readonly name: string;
  readonly secretLastFour: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | undefined;
}

export interface StoredClient {
  readonly organizationId: string;
  readonly environment: Environment;
  readonly secretHash: string;
}

/** For a request without an organization: it is what finds the organization. */
export async function findActiveClient(
  database: Queryable,
  clientId: string,
): Promise<StoredClient | undefined> {
  const rows = await database.query<StoredClient>(
    {
      name: 'find_active_claims_client',
      text: `select organization_id as "organizationId", environment, secret_hash as "secretHash"
               from claims_client where id = $1 and revoked_at is null`,
    },
    [clientId],
  );
  return rows[0];
}

export async function insertClient(
  database: Queryable,
  client: StoredClient & Omit<ClaimsClient, 'revokedAt'>,
): Promise<void> {
  await database.execute(
    `insert into claims_client (id, organization_id, environment, name, secret_hash, secret_last_four, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      client.id,
      client.organizationId,
      client.environment,
      client.name,
      client.secretHash,
      client.secretLastFour,
      client.createdAt,
    ],
  );
}

interface ClientRow extends Omit<ClaimsClient, 'revokedAt'> {
  readonly revokedAt: Date | null;
}

/** All of an organization's, revoked ones included, oldest first. */
export async function listClients(
  database: Queryable,
  organizationId: string,
): Promise<readonly ClaimsClient[]> {
  const rows = await database.query<ClientRow>(
    `select id, name, secret_last_four as "secretLastFour", created_at as "createdAt", revoked_at as "revokedAt"
       from claims_client where organization_id = $1 order by created_at, id`,
    [organizationId],
  );
  return rows.map(({ revokedAt, ...client }) => ({ ...client, revokedAt: revokedAt ?? undefined }));
}

/** Number of clients revoked: 0 when there is none of that id, or it was revoked before. */
export async function revokeClient(
  database: Queryable,
  organizationId: string,
  clientId: string,
  revokedAt: Date,
): Promise<number> {
  return database.execute(
    'update claims_client set revoked_at = $3 where organization_id = $1 and id = $2 and revoked_at is null',
    [organizationId, clientId, revokedAt],
  );
}

/** The account an access token names. */
export interface TokenAccount {
  readonly organizationId: string;
  readonly accountId: string;
  readonly state: 'active' | 'login_required';
}

/** For a token alone; whether it belongs to the caller's organization is for the caller to see. */
export async function findAccountOfToken(
  database: Queryable,
  accessTokenHash: string,
): Promise<TokenAccount | undefined> {
  const rows = await database.query<TokenAccount>(
    {
      name: 'find_account_of_token',
      text: `select organization_id as "organizationId", id as "accountId", state
               from linked_account where access_token_hash = $1 and revoked_at is null`,
    },
    [accessTokenHash],
  );
  return rows[0];
}
