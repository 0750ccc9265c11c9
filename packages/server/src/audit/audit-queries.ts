import type { Queryable } from '../platform/database/database.ts';
import { json } from '../platform/database/parameter-values.ts';
import type { ChainedEntry, ChainHead } from './audit-chain.ts';
import type { AuditEntry } from './audit-entry.ts';
import { type EntryRow, entryColumns, entryFromRow } from './audit-rows.ts';

export type ChainHeads = ReadonlyMap<string, ChainHead>;

interface HeadRow extends ChainHead {
  readonly organizationId: string;
}

/** Locks the heads of these chains, in one order for everybody, and makes those that are missing. */
export async function lockHeads(
  transaction: Queryable,
  organizationIds: readonly string[],
): Promise<ChainHeads> {
  const sorted = organizationIds.toSorted();
  const heads = await selectHeadsForUpdate(transaction, sorted);
  if (heads.size === sorted.length) return heads;
  await transaction.execute(
    {
      name: 'insert_audit_heads',
      text: `insert into audit_head (organization_id, sequence, hash)
             select id, 0, '' from unnest($1::text[]) id order by id
             on conflict (organization_id) do nothing`,
    },
    [sorted],
  );
  return selectHeadsForUpdate(transaction, sorted);
}

async function selectHeadsForUpdate(
  transaction: Queryable,
  organizationIds: readonly string[],
): Promise<ChainHeads> {
  const rows = await transaction.query<HeadRow>(
    {
      name: 'lock_audit_heads',
      text: `select organization_id as "organizationId", sequence, hash from audit_head
              where organization_id = any($1::text[]) order by organization_id for update`,
    },
    [organizationIds],
  );
  return headsFrom(rows);
}

export async function listHeads(database: Queryable): Promise<ChainHeads> {
  return headsFrom(
    await database.query<HeadRow>(
      'select organization_id as "organizationId", sequence, hash from audit_head order by organization_id',
    ),
  );
}

export async function findHead(database: Queryable, organizationId: string): Promise<ChainHead | undefined> {
  const [row] = await database.query<ChainHead>(
    'select sequence, hash from audit_head where organization_id = $1',
    [organizationId],
  );
  return row;
}

function headsFrom(rows: readonly HeadRow[]): ChainHeads {
  return new Map(rows.map(({ organizationId, sequence, hash }) => [organizationId, { sequence, hash }]));
}

/** Ids of the given entries that are in the table already. */
export async function findKnownIds(
  transaction: Queryable,
  entries: readonly AuditEntry[],
): Promise<ReadonlySet<string>> {
  // Without a name, so that it is planned anew: a plan kept from when the table was small reads all of it.
  const rows = await transaction.query<{ id: string }>(
    `select e.id from json_to_recordset($1::json) as sought (o text, i text)
       join audit_entry e on e.organization_id = sought.o and e.id = sought.i`,
    [json(entries.map(({ organizationId, id }) => ({ o: organizationId, i: id })))],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Appends to the chains whose heads are locked, and moves the heads on. */
export async function insertEntries(
  transaction: Queryable,
  entries: readonly ChainedEntry[],
  heads: ChainHeads,
): Promise<void> {
  // As JSON: half the computing of sixteen arrays, here and in the database.
  await transaction.execute(
    {
      name: 'insert_audit_entries',
      text: `insert into audit_entry (organization_id, sequence, id, occurred_at, actor_kind, actor_id, actor_subject,
               impersonator, operation, resource_type, resource_ids, outcome, status, error_code, request_id, hash)
             select "organizationId", sequence, id, "occurredAt", actor->>'kind', actor->>'id', actor->>'subject',
               actor->>'impersonator', operation, "resourceType", "resourceIds", outcome, status, "errorCode",
               "requestId", hash
               from json_to_recordset($1::json) as given ("organizationId" text, sequence bigint, id text,
                 "occurredAt" timestamptz, actor json, operation text, "resourceType" text, "resourceIds" text[],
                 outcome text, status integer, "errorCode" text, "requestId" text, hash text)`,
    },
    [json(entries)],
  );
  await transaction.execute(
    {
      name: 'move_audit_heads',
      text: `update audit_head h set sequence = moved.sequence, hash = moved.hash
               from json_to_recordset($1::json) as moved (organization_id text, sequence bigint, hash text)
              where h.organization_id = moved.organization_id`,
    },
    [json([...heads].map(([organizationId, head]) => ({ organization_id: organizationId, ...head })))],
  );
}

/** Organizations that have a chain, or the rest of one. */
export async function listChains(database: Queryable): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>(
    `select organization_id as id from audit_head union select organization_id from audit_entry order by 1`,
  );
  return rows.map(({ id }) => id);
}

/** The next entries of a chain in its order. */
export async function readChain(
  database: Queryable,
  organizationId: string,
  afterSequence: number,
  limit: number,
): Promise<readonly ChainedEntry[]> {
  const rows = await database.query<EntryRow>(
    {
      name: 'read_audit_chain',
      text: `select ${entryColumns} from audit_entry
              where organization_id = $1 and sequence > $2 order by sequence limit $3`,
    },
    [organizationId, afterSequence, limit],
  );
  return rows.map(entryFromRow);
}

/** Whether anything was ever appended for the organization. */
export async function hasChain(database: Queryable, organizationId: string): Promise<boolean> {
  const rows = await database.query('select from audit_head where organization_id = $1', [organizationId]);
  return rows.length === 1;
}
