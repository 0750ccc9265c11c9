import type { Queryable } from '../../platform/database/database.ts';

export interface NewExternalOrganization {
  readonly provider: string;
  readonly externalId: string;
  readonly organizationId: string;
  readonly createdAt: Date;
}

/** Like the look-up of a token, a query without an organization: it is what finds it. */
export async function findExternalOrganization(
  database: Queryable,
  provider: string,
  externalId: string,
): Promise<string | undefined> {
  const rows = await database.query<{ organizationId: string }>(
    `select organization_id as "organizationId" from external_organization
      where provider = $1 and external_id = $2`,
    [provider, externalId],
  );
  return rows[0]?.organizationId;
}

/** Organization and mapping in one statement; whoever comes second changes nothing. */
export async function insertExternalOrganization(
  database: Queryable,
  organization: NewExternalOrganization,
): Promise<void> {
  const { provider, externalId, organizationId, createdAt } = organization;
  await database.execute(
    `with created as (
       insert into organization (id, name, created_at) values ($3, $2, $4) on conflict (id) do nothing
     )
     insert into external_organization (provider, external_id, organization_id, created_at)
     values ($1, $2, $3, $4) on conflict (provider, external_id) do nothing`,
    [provider, externalId, organizationId, createdAt],
  );
}
