import type { Queryable } from '../platform/database/database.ts';
import type { ChainedEntry } from './audit-chain.ts';
import { type EntryPosition, listEntriesFrom } from './list-queries.ts';

const pageSize = 1_000;

/** Before any sequence, in the very moment a range begins with. */
const noSequence = 0;

export interface ExportRange {
  readonly organizationId: string;
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

/** A chain's entries of a time, oldest first, a page in memory at a time. */
export async function* exportEntries(
  database: Queryable,
  { organizationId, from, to }: ExportRange,
): AsyncGenerator<ChainedEntry> {
  let after: EntryPosition | undefined = { occurredAt: from.toISOString(), sequence: noSequence };
  while (after !== undefined) {
    const page: readonly ChainedEntry[] = await listEntriesFrom(
      database,
      organizationId,
      { from, to },
      { after, limit: pageSize },
    );
    yield* page;
    const last = page.at(-1);
    after =
      last === undefined || page.length < pageSize
        ? undefined
        : { occurredAt: last.occurredAt.toISOString(), sequence: last.sequence };
  }
}
