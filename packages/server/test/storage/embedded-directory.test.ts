import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUseError, lockDirectory } from '../../src/platform/database/directory-lock.ts';
import {
  type EmbeddedDatabase,
  embeddedDatabaseOver,
  openEmbeddedDatabase,
  openEngine,
} from '../../src/platform/database/embedded-database.ts';
import { embeddedDatabaseExists } from '../../src/platform/database/embedded-directory.ts';
import { listPendingMigrations, migrate } from '../../src/platform/database/migrator.ts';
import { loadPreparedCluster } from '../../src/platform/database/prepared-cluster.ts';
import { migrationsDirectory } from '../../src/upgrade.ts';
import { describeSchema } from '../support/databases/describe-schema.ts';
import { ownersView, testDatabaseEngine } from '../support/databases/test-database.ts';

const holder = fileURLToPath(new URL('../support/databases/hold-embedded-database.ts', import.meta.url));

/** A server-like process on a directory, spoken to line by line. */
interface HolderProcess {
  readonly child: ChildProcess;
  nextLine(): Promise<string>;
  write(line: string): void;
  end(signal: NodeJS.Signals): Promise<void>;
}

function startHolder(directory: string): HolderProcess {
  const child = spawn(process.execPath, [holder, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: Interface = createInterface({ input: child.stdout });
  const iterator = lines[Symbol.asyncIterator]();
  return {
    child,
    nextLine: async () => String((await iterator.next()).value),
    write: (line) => child.stdin.write(`${line}\n`),
    end: async (signal) => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

describe.runIf(testDatabaseEngine() === 'pglite')('the directory of the embedded database', () => {
  let parent: string;
  let directory: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'precert-embedded-'));
    directory = join(parent, 'data');
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is refused to a second process, with directory and process named', async () => {
    const first = startHolder(directory);
    expect(await first.nextLine()).toBe('open');
    const second = startHolder(directory);
    const refusal = await second.nextLine();
    expect(refusal).toContain(`The data directory ${directory} is in use by process ${first.child.pid} on `);
    await expect(openEmbeddedDatabase({ directory })).rejects.toThrow(DirectoryInUseError);
    await first.end('SIGKILL');
  });

  it('opens after kill -9 with every acknowledged row', async () => {
    const first = startHolder(directory);
    expect(await first.nextLine()).toBe('open');
    const acknowledged: string[] = [];
    for (let row = 0; row < 50; row++) {
      first.write(`row-${row}`);
      acknowledged.push(await first.nextLine());
    }
    first.write('in flight');
    await first.end('SIGKILL');

    const database = ownersView(await openEmbeddedDatabase({ directory }));
    const rows = await database.query<{ id: string }>(`select id from written where id <> 'in flight'`);
    expect(rows.map((row) => row.id).sort()).toEqual(acknowledged.sort());
    await database.close();
  });

  it('is free again once closed, in this process too', async () => {
    const first = ownersView(await openEmbeddedDatabase({ directory }));
    await first.execute('create table kept ()');
    await first.close();
    const second = ownersView(await openEmbeddedDatabase({ directory }));
    expect(await second.execute('select * from kept')).toBe(0);
    await second.close();
    expect(readdirSync(directory).sort()).toEqual(['cluster', 'precert.lock']);
  });

  it('starts over when its creation was cut short', async () => {
    mkdirSync(join(directory, 'cluster'), { recursive: true });
    writeFileSync(join(directory, 'cluster', 'PG_VERSION'), '18\n');
    writeFileSync(join(directory, 'cluster-being-created'), '');
    expect(embeddedDatabaseExists(directory)).toBe(false);
    const database = ownersView(await openEmbeddedDatabase({ directory }));
    expect(await database.ping(5_000)).toBe(true);
    await database.close();
    expect(readdirSync(directory)).not.toContain('cluster-being-created');
    expect(embeddedDatabaseExists(directory)).toBe(true);
  });

  it('is refused when it holds files of something else, and stays free', async () => {
    mkdirSync(join(directory, 'cluster'), { recursive: true });
    writeFileSync(join(directory, 'cluster', 'notes.txt'), 'mine');
    await expect(openEmbeddedDatabase({ directory })).rejects.toThrow('is not a database cluster');
    lockDirectory(directory).release();
  });
});

describe.runIf(testDatabaseEngine() === 'pglite')('the prepared cluster', () => {
  it('is packed for the installed engine', async () => {
    expect((await loadPreparedCluster())?.size).toBeGreaterThan(10_000_000);
  });

  describe('once unpacked', () => {
    let database: EmbeddedDatabase;
    beforeAll(async () => {
      database = ownersView(await embeddedDatabaseOver(await openEngine(await loadPreparedCluster())));
    });
    afterAll(() => database.close());

    it('has every migration applied: pack it again after adding one (pack-prepared-cluster.ts)', async () => {
      expect(await listPendingMigrations(database, migrationsDirectory)).toEqual([]);
    });

    it('is what the migrations make, rights and policies too', async () => {
      const fresh = ownersView(await embeddedDatabaseOver(database.engine, { schema: 'fresh' }));
      await migrate(fresh, { directory: migrationsDirectory });
      const made = await describeSchema(fresh, 'fresh');
      expect(made.length).toBeGreaterThan(300);
      expect(await describeSchema(fresh, 'public')).toEqual(made);
    });

    it('holds no row that is random or secret: every installation gets what is in it', async () => {
      const tables = await database.query<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
      );
      const filled: string[] = [];
      for (const { name } of tables)
        if ((await database.execute(`select from public.${name}`)) > 0) filled.push(name);
      expect(filled).toEqual(['schema_migrations', 'submission_channel']);
    });
  });
});
