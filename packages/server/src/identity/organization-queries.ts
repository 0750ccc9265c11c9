import type { Queryable } from '../platform/database/database.ts';

export interface NewOrganization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

export async function insertOrganization(database: Queryable, organization: NewOrganization): Promise<void> {
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
