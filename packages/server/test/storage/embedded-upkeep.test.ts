import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedUpkeep, startEmbeddedUpkeep } from '../../src/platform/database/embedded-upkeep.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

describe.runIf(testDatabaseEngine() === 'pglite')('upkeep of the embedded database', () => {
  const database = useTestDatabase({ migrations: 'none' });
  let upkeep: EmbeddedUpkeep;

  beforeAll(async () => {
    const opened = database();
    if (opened.kind !== 'embedded') throw new Error('Only the embedded database needs upkeep.');
    upkeep = startEmbeddedUpkeep(opened.engine);
    await opened.execute('create table item (id integer, text text)');
  });
  afterAll(() => upkeep.stop());

  it('checkpoints once enough was logged, and not before', async () => {
    await upkeep.checkpointWhenDue();
    expect(await upkeep.checkpointWhenDue()).toBe(false);
    await database().execute(`insert into item select n, repeat('x', 400) from generate_series(1, 50000) n`);
    expect(await upkeep.checkpointWhenDue()).toBe(true);
    expect(await upkeep.checkpointWhenDue()).toBe(false);
  });

  it('frees the room of dead rows', async () => {
    await database().execute('delete from item');
    await upkeep.vacuum();
    const [row] = await database().query<{ bytes: number }>(`select pg_relation_size('item') as bytes`);
    expect(row?.bytes).toBe(0);
  });
});
