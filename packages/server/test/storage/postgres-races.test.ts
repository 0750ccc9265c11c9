import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database/database.ts';
import { openPostgresDatabase } from '../../src/platform/database/postgres-database.ts';
import { PrecertError } from '../../src/platform/errors.ts';
import { startPostgresServer } from '../support/databases/postgres-server.ts';
import { ownersView, testDatabaseEngine, testPostgresUrl } from '../support/databases/test-database.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

/** What needs two connections, or a server that can be taken away. */
describe.runIf(testDatabaseEngine() === 'postgres')('on PostgreSQL', () => {
  const database = useTestDatabase({ migrations: 'none' });

  beforeAll(async () => {
    await database().execute('create table account (id integer primary key, amount integer not null)');
    await database().execute('insert into account values (1, 0), (2, 0)');
  });

  it('retries both sides of a deadlock until each has committed', async () => {
    const meet = rendezvous(2);
    let runs = 0;
    const lockBoth = (first: number, second: number) =>
      database().transaction(async (transaction) => {
        runs++;
        await transaction.execute('update account set amount = amount + 1 where id = $1', [first]);
        await meet();
        await transaction.execute('update account set amount = amount + 1 where id = $1', [second]);
      });
    await Promise.all([lockBoth(1, 2), lockBoth(2, 1)]);
    expect(runs).toBeGreaterThan(2);
    expect(await database().query('select amount from account')).toEqual([{ amount: 2 }, { amount: 2 }]);
  });

  it('retries serialization failures three times and then gives the failure to the caller', async () => {
    let runs = 0;
    const attempt = database().transaction(async (transaction) => {
      runs++;
      await transaction.execute(`do $$ begin raise exception 'raced' using errcode = '40001'; end $$`);
    });
    await expect(attempt).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(4);
  });

  it('keeps a connection that reported a unique violation', async () => {
    const single = ownersView(
      await openPostgresDatabase({
        url: testPostgresUrl(),
        poolSize: 1,
        schema: database().schema,
      }),
    );
    const before = await backendOf(single);
    await expect(single.execute('insert into account values (1, 0)')).rejects.toMatchObject({
      code: '23505',
    });
    await expect(
      single.transaction((transaction) => transaction.execute('insert into account values (1, 0)')),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await backendOf(single)).toBe(before);
    await single.close();
  });

  it('plans a named statement again when a migration changed its columns', async () => {
    await database().execute('create table shape (a integer)');
    const statement = { name: 'shape', text: 'select * from shape' };
    const single = ownersView(
      await openPostgresDatabase({
        url: testPostgresUrl(),
        poolSize: 1,
        schema: database().schema,
      }),
    );
    await single.query(statement);
    await database().execute('alter table shape add column b integer');
    expect(await single.transaction((transaction) => transaction.query(statement))).toEqual([]);
    await database().execute('alter table shape add column c integer');
    expect(await single.query(statement)).toEqual([]);
    await single.close();
  });

  it('ends a statement that runs past its time with a 503', async () => {
    const hasty = ownersView(await openPostgresDatabase({ url: testPostgresUrl(), statementTimeoutMs: 50 }));
    await expect(hasty.query('select pg_sleep(10)')).rejects.toMatchObject({
      code: 'service_unavailable',
      cause: { code: '57014' },
    });
    await hasty.close();
  });

  it('answers 503 when no connection comes free in time, and a ping with false', async () => {
    const narrow = ownersView(
      await openPostgresDatabase({ url: testPostgresUrl(), poolSize: 1, connectTimeoutMs: 50 }),
    );
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const holding = narrow.transaction(() => released);
    await expect(narrow.query('select 1')).rejects.toMatchObject({ code: 'service_unavailable' });
    expect(await narrow.ping(10)).toBe(false);
    release();
    await holding;
    expect(await narrow.ping(5_000)).toBe(true);
    await narrow.close();
  });

  it('survives the loss of its connections and serves again', async () => {
    const lost = ownersView(await openPostgresDatabase({ url: testPostgresUrl(), poolSize: 2 }));
    const attempt = lost.transaction(async (transaction) => {
      await terminateOthers(await backendOfTransaction(transaction));
      await transaction.query('select 1');
    });
    await expect(attempt).rejects.toBeInstanceOf(PrecertError);
    expect(await lost.query('select 1 as one')).toEqual([{ one: 1 }]);
    await lost.close();
  });

  it('answers 503 with a hint while the server is down, and recovers with it', async () => {
    const server = await startPostgresServer();
    const remote = ownersView(await openPostgresDatabase({ url: server.url }));
    await server.crash();
    await expect(remote.query('select 1')).rejects.toMatchObject({
      code: 'service_unavailable',
      retryAfterSeconds: 2,
    });
    expect(await remote.ping(1_000)).toBe(false);
    await expect(openPostgresDatabase({ url: server.url })).rejects.toMatchObject({
      code: 'service_unavailable',
    });
    await server.restart();
    expect(await remote.query('select 1 as one')).toEqual([{ one: 1 }]);
    await remote.close();
    await server.stop();
  });
});

async function backendOf(database: Database): Promise<number | undefined> {
  const [row] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  return row?.pid;
}

async function backendOfTransaction(transaction: Pick<Database, 'query'>): Promise<number | undefined> {
  const [row] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
  return row?.pid;
}

async function terminateOthers(pid: number | undefined): Promise<void> {
  const client = new pg.Client({ connectionString: testPostgresUrl() });
  await client.connect();
  await client.query('select pg_terminate_backend($1)', [pid]);
  await client.end();
}

/** Lets nobody pass until `count` have arrived; open from then on. */
function rendezvous(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived++;
    if (arrived === count) resolve();
    return promise;
  };
}
