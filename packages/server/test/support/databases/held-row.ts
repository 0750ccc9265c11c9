/** A row somebody else has locked, on PostgreSQL: what a test needs to stop a use case at its lock. */

import { expect } from 'vitest';
import type { Database } from '../../../src/platform/database/database.ts';

export interface HeldRow {
  /** Resolves once a statement of another connection waits for the row. */
  awaited(): Promise<void>;
  /** Lets the row go, unchanged, after `work` in the transaction that holds it. */
  release(work?: string, values?: readonly unknown[]): Promise<void>;
}

/** Locks the row of an id as an update does. */
export async function holdRow(database: Database, table: string, id: string): Promise<HeldRow> {
  const locked = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<readonly [string, readonly unknown[]] | undefined>();
  const holding = database.transaction(async (transaction) => {
    await transaction.query(`select id from ${table} where id = $1 for no key update`, [id]);
    const [row] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
    locked.resolve(row?.pid ?? 0);
    const work = await ended.promise;
    if (work !== undefined) await transaction.execute(...work);
  });
  const pid = await locked.promise;
  const waiting = 'select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))';
  return {
    awaited: () =>
      expect.poll(() => database.query(waiting, [pid]).then((rows) => rows.length)).toBeGreaterThan(0),
    async release(work, values = []) {
      ended.resolve(work === undefined ? undefined : [work, values]);
      await holding;
    },
  };
}
