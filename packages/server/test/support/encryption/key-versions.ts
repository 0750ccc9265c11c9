/** Rotations of an organization's data key, and which rows which version has sealed. */

import { asSystem } from '../../../src/platform/database/database-scope.ts';
import { rotateDataKey } from '../../../src/platform/encryption/rotate-data-keys.ts';
import type { TestServer } from '../api/test-server.ts';

interface Owner {
  readonly organizationId: string;
}

export function rotate({ app }: TestServer, { organizationId }: Owner) {
  return asSystem(() => rotateDataKey(app.encryption, organizationId));
}

/** Each with whether it is retired. */
export async function keyVersions(
  { database }: TestServer,
  { organizationId }: Owner,
): Promise<readonly [number, boolean][]> {
  const rows = await database.query<{ version: number; retired: boolean }>(
    `select version, retired_at is not null as retired from data_key
      where organization_id = $1 and purpose = 'data' order by version`,
    [organizationId],
  );
  return rows.map(({ version, retired }) => [version, retired]);
}

/** Rows of the organization by the key version that sealed them, over all tables. */
export async function rowsByVersion(
  { app, database }: TestServer,
  { organizationId }: Owner,
): Promise<Readonly<Record<number, number>>> {
  const tables = app.encryption.sealedTables.map(
    ({ name }) => `select sealed from ${name} where organization_id = $1 and sealed is not null`,
  );
  const rows = await database.query<{ version: number; rows: number }>(
    `select sealed_key_version(sealed) as version, count(*)::int as rows
       from (${tables.join(' union all ')}) s group by 1`,
    [organizationId],
  );
  return Object.fromEntries(rows.map(({ version, rows: count }) => [version, count]));
}

/**
 * Ten minutes later a key that nothing needs is closed, ten minutes after that it is let go, and half a minute later no
 * process holds it any more.
 */
export async function finishRotation({ app, clock }: TestServer): Promise<void> {
  for (let step = 0; step < 2; step += 1) {
    clock.advance(10 * 60_000);
    await app.jobs.sweep();
  }
  clock.advance(30_000);
}
