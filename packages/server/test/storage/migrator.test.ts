import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listPendingMigrations, migrate } from '../../src/platform/database/migrator.ts';
import { openPostgresDatabase } from '../../src/platform/database/postgres-database.ts';
import {
  openTestDatabase,
  ownersView,
  type ServerDatabase,
  type TestDatabase,
  testDatabaseEngine,
  testPostgresUrl,
} from '../support/databases/test-database.ts';

let directory: string;
let test: TestDatabase;
let database: ServerDatabase;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'precert-migrations-'));
  test = await openTestDatabase({ migrations: 'none' });
  database = test.database;
});

afterEach(async () => {
  await test.close();
  await rm(directory, { recursive: true });
});

const write = (file: string, sql: string) => writeFile(join(directory, file), sql);
const run = (db = database) => migrate(db, { directory });
const tables = async () => {
  const rows = await database.query<{ name: string }>(
    `select table_name::text as name from information_schema.tables where table_schema = $1 order by 1`,
    [test.schema],
  );
  return rows.map((row) => row.name);
};

describe('migrating', () => {
  it('applies every file once, in order, in the schema of the database', async () => {
    await write('0001-first.sql', 'create table first (id integer); insert into first values (1);');
    await write('0002-second.sql', 'alter table first add column name text; create table second ();');
    expect(await listPendingMigrations(database, directory)).toEqual(['0001-first.sql', '0002-second.sql']);
    expect(await run()).toEqual(['0001-first.sql', '0002-second.sql']);
    expect(await run()).toEqual([]);
    expect(await listPendingMigrations(database, directory)).toEqual([]);
    expect(await tables()).toEqual(['first', 'schema_migrations', 'second']);
  });

  it('creates the schema it was given', async () => {
    await database.execute(`drop schema ${test.schema}`);
    await write('0001-first.sql', 'create table first ()');
    await run();
    expect(await tables()).toEqual(['first', 'schema_migrations']);
  });

  it('applies what was added since', async () => {
    await write('0001-first.sql', 'create table first ()');
    await run();
    await write('0002-second.sql', 'create table second ()');
    expect(await run()).toEqual(['0002-second.sql']);
  });

  it('takes other line ends for the same file', async () => {
    await write('0001-first.sql', 'create table first\n();\n');
    await run();
    await write('0001-first.sql', 'create table first\r\n();\r\n');
    expect(await run()).toEqual([]);
  });

  it('does nothing with an empty folder', async () => {
    expect(await run()).toEqual([]);
  });

  it('rolls a failed migration back whole and keeps those before it', async () => {
    await write('0001-first.sql', 'create table first ()');
    await write('0002-second.sql', 'create table second (); select 1 / 0;');
    await expect(run()).rejects.toThrow('0002-second.sql failed and was rolled back: division by zero.');
    expect(await tables()).toEqual(['first', 'schema_migrations']);
    await write('0002-second.sql', 'create table second ()');
    expect(await run()).toEqual(['0002-second.sql']);
  });
});

describe('refuses to migrate', () => {
  it('when an applied migration was edited', async () => {
    await write('0001-first.sql', 'create table first ()');
    await run();
    await write('0001-first.sql', 'create table first (id integer)');
    await expect(run()).rejects.toThrow('0001-first.sql was changed after it was applied');
    await expect(listPendingMigrations(database, directory)).rejects.toThrow(
      'was changed after it was applied',
    );
  });

  it('when the database is newer than the files', async () => {
    await write('0001-first.sql', 'create table first ()');
    await write('0002-second.sql', 'create table second ()');
    await run();
    await unlink(join(directory, '0002-second.sql'));
    await expect(run()).rejects.toThrow('The database has 0002-second.sql, which this version does not know');
  });

  it('when the database lacks one before the last it has', async () => {
    await write('0001-first.sql', 'create table first ()');
    await write('0002-second.sql', 'create table second ()');
    await run();
    await database.execute('delete from schema_migrations where number = 1');
    await expect(run()).rejects.toThrow('The database has 0002-second.sql but not the migration numbered 1');
  });

  it.each<[string, string[], string]>([
    ['a gap', ['0001-a.sql', '0003-c.sql'], 'The migration 0002 is missing: 0003-c.sql follows a gap.'],
    ['a late beginning', ['0002-b.sql'], 'The migration 0001 is missing'],
    ['a number used twice', ['0001-a.sql', '0001-b.sql'], 'Two migrations carry the number 0001.'],
    ['a misnamed file', ['1-a.sql'], '1-a.sql must be named NNNN-name.sql'],
    ['capitals', ['0001-Name.sql'], '0001-Name.sql must be named NNNN-name.sql'],
  ])('with %s', async (_what, files, message) => {
    for (const file of files) await write(file, 'select 1');
    await expect(run()).rejects.toThrow(message);
    expect(await tables()).toEqual([]);
  });
});

describe.runIf(testDatabaseEngine() === 'postgres')('with several servers', () => {
  const open = async () =>
    ownersView(await openPostgresDatabase({ url: testPostgresUrl(), schema: test.schema, poolSize: 2 }));

  it('applies each migration once when four start together', async () => {
    await database.execute(`drop schema ${test.schema}`);
    for (let number = 1; number <= 5; number++) {
      await write(`000${number}-table.sql`, `create table t${number} (); select pg_sleep(0.01);`);
    }
    const servers = await Promise.all([open(), open(), open(), open()]);
    const applied = await Promise.all(servers.map((server) => run(server)));
    expect(applied.flat().sort()).toEqual([1, 2, 3, 4, 5].map((number) => `000${number}-table.sql`));
    await Promise.all(servers.map((server) => server.close()));
  });

  it('gives up on a table in use after its tries, and says so', async () => {
    await database.execute('create table busy ()');
    await write('0001-first.sql', 'alter table busy add column id integer');
    const other = await open();
    await other.transaction(async (transaction) => {
      await transaction.query('select * from busy');
      const attempt = migrate(database, { directory, lockTimeoutMs: 50, lockAttempts: 2 });
      await expect(attempt).rejects.toThrow(
        '0001-first.sql failed and was rolled back: a table it changes is in use',
      );
    });
    expect(await run()).toEqual(['0001-first.sql']);
    await other.close();
  });
});
