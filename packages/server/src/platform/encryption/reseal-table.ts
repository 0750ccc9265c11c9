import type { Queryable } from '../database/database.ts';
import type { OrganizationKeys } from './organization-keys.ts';
import type { SealedTable } from './sealed-table.ts';
import { SealedValueError, UnknownKeyVersionError } from './sealed-value.ts';
import type { Store } from './store.ts';

/** Few at a time: a batch is one short statement among those of the traffic. */
const batchSize = 200;

export interface Resealed {
  readonly rows: number;
  /** Rows that do not open, left as they are: altered, or moved from elsewhere. */
  readonly unreadable: number;
}

interface SealedRow {
  readonly row: readonly string[];
  readonly sealed: Uint8Array;
}

/**
 * Seals an organization's rows anew that an older key version sealed. A row that somebody writes meanwhile is left to
 * them: the update names the very bytes that were read.
 */
export async function resealTable(
  { database, vault }: Store,
  organizationId: string,
  table: SealedTable,
): Promise<Resealed> {
  let after: readonly string[] | undefined;
  let rows = 0;
  let unreadable = 0;
  for (;;) {
    const { sealingVersion } = await vault.keysOf(organizationId);
    const found = await listOlder(database, organizationId, table, sealingVersion, after);
    const resealed = await vault.withKeys(organizationId, (keys) => resealRows(keys, table, found));
    rows += await updateRows(database, organizationId, table, resealed);
    unreadable += found.length - resealed.length;
    after = found.at(-1)?.row;
    if (after === undefined) return { rows, unreadable };
  }
}

/** Whether any row of the table needs the key version. */
export async function usesVersion(
  database: Queryable,
  organizationId: string,
  table: SealedTable,
  version: number,
): Promise<boolean> {
  const [row] = await database.query<{ uses: boolean }>(
    `select exists (select from ${table.name}
                     where organization_id = $1 and sealed_key_version(sealed) = $2) as uses`,
    [organizationId, version],
  );
  return row?.uses === true;
}

/** Table and column names are constants of the rooms', never a client's words. */
async function listOlder(
  database: Queryable,
  organizationId: string,
  { name, key }: SealedTable,
  version: number,
  after: readonly string[] | undefined,
): Promise<readonly SealedRow[]> {
  const names = key.map((column) => `${column}::text`).join(', ');
  const position = key.map((_, index) => `$${index + 4}`).join(', ');
  return database.query<SealedRow>(
    `select array[${names}] as row, sealed from ${name}
      where organization_id = $1 and sealed_key_version(sealed) < $2
        ${after === undefined ? '' : `and (${names}) > (${position})`}
      order by ${names} limit $3`,
    [organizationId, version, batchSize, ...(after ?? [])],
  );
}

interface ResealedRow extends SealedRow {
  readonly resealed: Uint8Array;
}

function resealRows(
  keys: OrganizationKeys,
  table: SealedTable,
  rows: readonly SealedRow[],
): readonly ResealedRow[] {
  return rows.flatMap(({ row, sealed }) => {
    try {
      return [{ row, sealed, resealed: keys.seal(table, row, keys.open(table, row, sealed)) }];
    } catch (error) {
      // Older than the key that seals now, and still not at hand: its key is gone.
      if (error instanceof SealedValueError || error instanceof UnknownKeyVersionError) return [];
      throw error;
    }
  });
}

async function updateRows(
  database: Queryable,
  organizationId: string,
  { name, key }: SealedTable,
  rows: readonly ResealedRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const changes = rows.map(({ row, sealed, resealed }) => ({
    ...Object.fromEntries(row.map((value, index) => [`key${index}`, value])),
    before: hex(sealed),
    after: hex(resealed),
  }));
  const keyColumns = key.map((_, index) => `key${index} text`).join(', ');
  const isRow = key.map((column, index) => `t.${column}::text = c.key${index}`).join(' and ');
  return database.execute(
    `update ${name} t set sealed = decode(c.after, 'hex')
       from jsonb_to_recordset($2::jsonb) as c(${keyColumns}, before text, after text)
      where t.organization_id = $1 and ${isRow} and t.sealed = decode(c.before, 'hex')`,
    [organizationId, JSON.stringify(changes)],
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
