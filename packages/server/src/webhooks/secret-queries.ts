import type { Queryable } from '../platform/database/database.ts';

/** A secret as it is kept. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: Uint8Array;
}

/** Whose a secret is: an endpoint's by its id, or with undefined the organization's, shared by its `cobalt` endpoints. */
export type SecretHolder = string | undefined;

/** Those that sign now, newest first. */
export async function listSecrets(
  database: Queryable,
  organizationId: string,
  holder: SecretHolder,
  now: Date,
): Promise<readonly SealedSecret[]> {
  return database.query<SealedSecret>(
    {
      name: 'list_webhook_secrets',
      text: `select id, sealed from webhook_secret
              where organization_id = $1 and endpoint_id is not distinct from $2
                and (expires_at is null or expires_at > $3)
              order by created_at desc, id desc`,
    },
    [organizationId, holder, now],
  );
}

export async function insertSecret(
  database: Queryable,
  organizationId: string,
  secret: SealedSecret & { readonly holder: SecretHolder; readonly createdAt: Date },
): Promise<void> {
  await database.execute(
    'insert into webhook_secret (organization_id, id, endpoint_id, sealed, created_at) values ($1, $2, $3, $4, $5)',
    [organizationId, secret.id, secret.holder, secret.sealed, secret.createdAt],
  );
}

/** Has the secrets end that have no end yet, and removes all but the newest few of those. */
export async function retireSecrets(
  database: Queryable,
  organizationId: string,
  holder: SecretHolder,
  expiresAt: Date,
  maximumRetired: number,
): Promise<void> {
  await database.execute(
    `update webhook_secret set expires_at = least(expires_at, $3)
      where organization_id = $1 and endpoint_id is not distinct from $2`,
    [organizationId, holder, expiresAt],
  );
  await database.execute(
    `delete from webhook_secret
      where organization_id = $1 and endpoint_id is not distinct from $2 and id not in (
        select id from webhook_secret where organization_id = $1 and endpoint_id is not distinct from $2
         order by created_at desc, id desc limit $3)`,
    [organizationId, holder, maximumRetired],
  );
}

export async function deleteSecrets(
  database: Queryable,
  organizationId: string,
  endpointId: string,
): Promise<void> {
  await database.execute('delete from webhook_secret where organization_id = $1 and endpoint_id = $2', [
    organizationId,
    endpointId,
  ]);
}
