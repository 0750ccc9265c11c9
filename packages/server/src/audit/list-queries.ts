import type { Queryable } from '../platform/database/database.ts';
import type { ChainedEntry } from './audit-chain.ts';
import { type EntryRow, entryColumns, entryFromRow } from './audit-rows.ts';

/** Filters narrow each other. */
export interface EntryFilter {
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
  /** A credential, a session's user, or whoever acted in the user's name. */
  readonly actor?: string;
  readonly operation?: string;
  readonly resourceId?: string;
}

export interface EntryPosition {
  readonly occurredAt: string;
  readonly sequence: number;
}

/**
 * Newest first, by keyset. The conditions that are asked for make the text, from a closed list; every value is a
 * parameter. Only time has an index: the other filters look at every entry of the time asked for.
 */
export async function listEntries(
  database: Queryable,
  organizationId: string,
  filter: EntryFilter,
  page: { readonly before: EntryPosition | undefined; readonly limit: number },
): Promise<readonly ChainedEntry[]> {
  const values: unknown[] = [organizationId];
  const conditions = ['organization_id = $1'];
  let name = 'list_audit_entries';
  const narrow = (letter: string, condition: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    name += `_${letter}`;
    conditions.push(condition(`$${values.length}`));
  };
  narrow('f', (value) => `occurred_at >= ${value}`, filter.from);
  narrow('t', (value) => `occurred_at < ${value}`, filter.to);
  narrow('a', (value) => `${value} in (actor_id, actor_subject, impersonator)`, filter.actor);
  narrow('o', (value) => `operation = ${value}`, filter.operation);
  narrow('r', (value) => `${value} = any(resource_ids)`, filter.resourceId);
  if (page.before !== undefined) {
    name += '_page';
    values.push(page.before.occurredAt, page.before.sequence);
    conditions.push(
      `(occurred_at, sequence) < ($${values.length - 1}::timestamptz, $${values.length}::bigint)`,
    );
  }
  values.push(page.limit);
  const text = `select ${entryColumns} from audit_entry where ${conditions.join(' and ')}
    order by occurred_at desc, sequence desc limit $${values.length}`;
  const rows = await database.query<EntryRow>({ name, text }, values);
  return rows.map(entryFromRow);
}

/** Of an export, in the order of time: the next entries behind a position. */
export async function listEntriesFrom(
  database: Queryable,
  organizationId: string,
  range: { readonly from: Date; readonly to: Date },
  page: { readonly after: EntryPosition; readonly limit: number },
): Promise<readonly ChainedEntry[]> {
  const rows = await database.query<EntryRow>(
    {
      name: 'export_audit_entries',
      text: `select ${entryColumns} from audit_entry
              where organization_id = $1 and occurred_at >= $2 and occurred_at < $3
                and (occurred_at, sequence) > ($4::timestamptz, $5::bigint)
              order by occurred_at, sequence limit $6`,
    },
    [organizationId, range.from, range.to, page.after.occurredAt, page.after.sequence, page.limit],
  );
  return rows.map(entryFromRow);
}
