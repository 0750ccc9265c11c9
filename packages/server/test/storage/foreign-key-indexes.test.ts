import { expect, test } from 'vitest';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

const database = useTestDatabase();

/** Rows that go are looked up in every table that may name them; so is each key of an index that begins otherwise. */
test('every foreign key is found by an index that begins with its columns', async () => {
  const unindexed = await database().query<{ name: string }>(
    `select c.conrelid::regclass || ' ' || c.conname as name
       from pg_constraint c
       join pg_namespace n on n.oid = c.connamespace and n.nspname = $1
      where c.contype = 'f' and not exists (
        select from pg_index i
         where i.indrelid = c.conrelid and i.indpred is null
           and (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(c.conkey)] @> c.conkey)`,
    [database().schema],
  );
  expect(unindexed).toEqual([]);
});
