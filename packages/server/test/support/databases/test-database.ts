/**
 * A database of its own for each test file, on the engine the vitest project names. The engine is shared: one
 * PostgreSQL server per run, one embedded engine per worker; what a file owns is a schema.
 */

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { inject } from 'vitest';
import { asOwner } from '../../../src/platform/database/database-scope.ts';
import {
  type EmbeddedDatabase,
  embeddedDatabaseOver,
  openEngine,
} from '../../../src/platform/database/embedded-database.ts';
import { migrate } from '../../../src/platform/database/migrator.ts';
import {
  openPostgresDatabase,
  type PostgresDatabase,
} from '../../../src/platform/database/postgres-database.ts';
import { loadPreparedCluster } from '../../../src/platform/database/prepared-cluster.ts';

export type ServerDatabase = EmbeddedDatabase | PostgresDatabase;

export interface TestDatabase {
  /** As the owner of the tables sees it. */
  readonly database: ServerDatabase;
  /** As a server gets it: outside a scope its statements see nobody's rows. */
  readonly serverDatabase: ServerDatabase;
  readonly schema: string;
  /** Drops the schema and the job queue's, and lets go of the engine. With `keep` the schema stays to be looked at. */
  close(options?: { keep?: boolean }): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Folder of migrations to apply; `none` for an empty schema. Default: the server's own. */
  readonly migrations?: string | 'none' | undefined;
  readonly poolSize?: number | undefined;
}

const serverMigrations = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** `pglite` or `postgres`, as the running vitest project says. */
export function testDatabaseEngine(): 'pglite' | 'postgres' {
  return process.env.TEST_DATABASE === 'postgres' ? 'postgres' : 'pglite';
}

/** A migrated database in a new schema. On the embedded engine one at a time: it has one session, and so one schema. */
export async function openTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const database = await openDatabase(schema, options.poolSize);
  const test: TestDatabase = {
    database: ownersView(database),
    serverDatabase: database,
    schema,
    close: (close) => closeTestDatabase(database, schema, close?.keep),
  };
  try {
    await asOwner(() => database.execute(`create schema ${schema}`));
    const migrations = options.migrations ?? serverMigrations;
    if (migrations !== 'none') await migrate(database, { directory: migrations });
    return test;
  } catch (error) {
    await test.close();
    throw error;
  }
}

/** The database as whoever owns the tables sees it: every row, whatever scope the server's own statements have. */
export function ownersView<Handle extends ServerDatabase>(database: Handle): Handle {
  return {
    ...database,
    query: (statement, values) => asOwner(() => database.query(statement, values)),
    execute: (statement, values) => asOwner(() => database.execute(statement, values)),
    transaction: (work) => asOwner(() => database.transaction(work)),
  };
}

/** Where the run's PostgreSQL server is, for tests that open connections themselves. */
export function testPostgresUrl(): string {
  const url = inject('postgresUrl');
  if (url === undefined) throw new Error('This test runs in the vitest project "postgres" only.');
  return url;
}

async function openDatabase(schema: string, poolSize: number | undefined): Promise<ServerDatabase> {
  if (testDatabaseEngine() === 'postgres') {
    return await openPostgresDatabase({ url: testPostgresUrl(), schema, poolSize });
  }
  // Starting an engine takes a second and 200 MB: closing the database leaves it open for the next file.
  return await embeddedDatabaseOver(await sharedEngine(), { schema }, async () => undefined);
}

async function closeTestDatabase(database: ServerDatabase, schema: string, keep = false): Promise<void> {
  if (!keep) {
    await asOwner(async () => {
      await database.execute(`drop schema if exists ${schema} cascade`);
      await database.execute(`drop schema if exists ${schema}_jobs cascade`);
    });
  }
  await database.close();
}

/** Kept on `globalThis` because vitest loads modules anew for each file while the worker lives on. */
const engineKey = Symbol.for('precert.test.embedded-engine');

function sharedEngine(): Promise<PGlite> {
  // This module alone writes the key, and only ever this promise.
  const shared = Reflect.get(globalThis, engineKey) as Promise<PGlite> | undefined;
  if (shared !== undefined) return shared;
  const opening = loadPreparedCluster().then((cluster) => openEngine(cluster));
  Reflect.set(globalThis, engineKey, opening);
  return opening;
}
