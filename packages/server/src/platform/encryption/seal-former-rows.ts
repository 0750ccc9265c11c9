import type { Queryable } from '../database/database.ts';
import { byteaText } from '../database/parameter-values.ts';
import type { OrganizationKeys } from './organization-keys.ts';
import type { SealedTable } from './sealed-table.ts';
import type { Store } from './store.ts';

/** A table of a version that did not seal, with rows by `id`. `Row` is what the named columns hold. */
export interface FormerTable<Row> {
  readonly table: SealedTable;
  /** SQL of what is read of a row: column names, with the caller's names for them. */
  readonly columns: string;
  /** SQL that says which rows are still to be sealed; by default those with nothing in `sealed`. */
  readonly isPlain?: string;
  /** What is sealed of a row. */
  secrets(row: Row): unknown;
  /** Blind indexes beside it, by column. */
  indexes?(keys: OrganizationKeys, row: Row): Readonly<Record<string, Uint8Array>>;
}

const batchSize = 200;

interface FormerRow {
  readonly organizationId: string;
  readonly id: string;
}

/** Seals what such a table holds, of all organizations, some rows at a time. Safe to run again, and beside itself. */
export async function sealFormerRows<Row>(
  { database, vault }: Store,
  former: FormerTable<Row & FormerRow>,
): Promise<void> {
  let after: FormerRow = { organizationId: '', id: '' };
  for (;;) {
    const rows = await listPlain(database, former, after);
    for (const [organizationId, own] of Map.groupBy(rows, (row) => row.organizationId)) {
      const keys = await vault.keysOf(organizationId);
      await updateRows(
        database,
        former.table,
        own.map((row) => sealRow(keys, former, row)),
      );
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

async function listPlain<Row>(
  database: Queryable,
  { table, columns, isPlain = 'sealed is null' }: FormerTable<Row>,
  after: FormerRow,
): Promise<readonly Row[]> {
  return database.query<Row>(
    `select organization_id as "organizationId", id, ${columns} from ${table.name}
      where (organization_id, id) > ($1, $2) and ${isPlain}
      order by organization_id, id limit $3`,
    [after.organizationId, after.id, batchSize],
  );
}

type SealedRow = Readonly<Record<string, string>>;

function sealRow<Row>(
  keys: OrganizationKeys,
  { table, secrets, indexes }: FormerTable<Row>,
  row: Row & FormerRow,
): SealedRow {
  const beside = Object.entries(indexes?.(keys, row) ?? {}).map(([column, index]) => [
    column,
    byteaText(index),
  ]);
  const { organizationId: organization_id, id } = row;
  const sealed = byteaText(keys.seal(table, [id], secrets(row)));
  return { ...Object.fromEntries(beside), organization_id, id, sealed };
}

async function updateRows(
  database: Queryable,
  { name }: SealedTable,
  rows: readonly SealedRow[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !['organization_id', 'id'].includes(column));
  await database.execute(
    `update ${name} t set ${columns.map((column) => `${column} = s.${column}`).join(', ')}
       from jsonb_to_recordset($1::jsonb)
         as s(organization_id text, id text, ${columns.map((column) => `${column} bytea`).join(', ')})
      where t.organization_id = s.organization_id and t.id = s.id and t.sealed is null`,
    [JSON.stringify(rows)],
  );
}
