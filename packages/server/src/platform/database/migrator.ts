/**
 * Forward-only migrations. Each runs in one transaction that first inserts its own row: of two servers starting
 * together the second waits on that row and then finds the work done. No advisory lock, so it holds on the
 * distributed engines too. What cannot run in a transaction (`create index concurrently`) has no place here.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Transaction } from './database.ts';
import { isLockTimeout, sqlState } from './database-errors.ts';
import { asOwner } from './database-scope.ts';
import { MigrationError } from './migration-error.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { uniqueViolation } from './unique-violation.ts';

export interface MigrateOptions {
  readonly directory: string;
  /** How long a statement may wait for a table others are using, before the migration is rolled back and tried again. */
  readonly lockTimeoutMs?: number | undefined;
  /** Tries per migration when the lock is not granted. */
  readonly lockAttempts?: number | undefined;
  /**
   * Work that has to be done before a migration is applied, by the migration's name without number and ending. It is
   * not part of the migration's transaction, and so has to be safe to do again and beside itself.
   */
  readonly before?: Readonly<Record<string, () => Promise<void>>> | undefined;
}

interface AppliedMigration {
  readonly number: number;
  readonly file: string;
  readonly checksum: string;
}

/**
 * Brings the database up to the last migration in `directory`. Answers with the file names this call applied.
 * @throws MigrationError when an applied migration was edited or is missing on disk, when the database is newer than
 * the files, or when a migration fails; that migration is rolled back, the ones before it stay.
 */
export function migrate(database: Database, options: MigrateOptions): Promise<string[]> {
  return asOwner(() => migrateAsOwner(database, options));
}

async function migrateAsOwner(database: Database, options: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(options.directory);
  await ensureMigrationTable(database);
  const pending = findPending(migrations, await readApplied(database));
  const applied: string[] = [];
  for (const migration of pending) {
    await prepareMigration(database, migration, options.before?.[nameOf(migration)]);
    if (await applyMigration(database, migration, options)) applied.push(migration.file);
  }
  // A server that started together with us may have been of another version.
  findPending(migrations, await readApplied(database));
  return applied;
}

/**
 * File names still to be applied; changes nothing.
 * @throws MigrationError as `migrate` does for files and database that do not fit together.
 */
export function listPendingMigrations(database: Database, directory: string): Promise<string[]> {
  return asOwner(() => listPendingAsOwner(database, directory));
}

async function listPendingAsOwner(database: Database, directory: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const [table] = await database.query<{ present: boolean }>(
    `select to_regclass('schema_migrations') is not null as present`,
  );
  const applied = table?.present === true ? await readApplied(database) : [];
  return findPending(migrations, applied).map((migration) => migration.file);
}

function findPending(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  applied.forEach((row, index) => {
    requireSame(migrations[index], row, index + 1);
  });
  return migrations.slice(applied.length);
}

function requireSame(migration: Migration | undefined, row: AppliedMigration, expected: number): void {
  if (row.number !== expected) {
    throw new MigrationError(
      `The database has ${row.file} but not the migration numbered ${expected} before it.`,
    );
  }
  if (migration === undefined) {
    throw new MigrationError(
      `The database has ${row.file}, which this version does not know. Start a newer version.`,
    );
  }
  if (migration.checksum !== row.checksum) {
    throw new MigrationError(
      `${migration.file} was changed after it was applied (as ${row.file}). Restore it, and put the change into a new migration.`,
    );
  }
}

function readApplied(database: Database): Promise<AppliedMigration[]> {
  return database.query<AppliedMigration>(
    'select number, file, checksum from schema_migrations order by number',
  );
}

async function ensureMigrationTable(database: Database): Promise<void> {
  const schema = database.schema;
  if (schema !== undefined)
    await createOnce(database, `create schema if not exists ${quoteIdentifier(schema)}`);
  await createOnce(
    database,
    `create table if not exists schema_migrations (
       number integer primary key,
       file text not null,
       checksum text not null,
       applied_at timestamptz not null default now()
     )`,
  );
}

/** `if not exists` is no shield against somebody creating it in the same moment: the loser fails on the catalogue's index. */
async function createOnce(database: Database, statement: string): Promise<void> {
  try {
    await database.execute(statement);
  } catch (error) {
    if (!['23505', '42P07', '42P06', '42710'].includes(sqlState(error) ?? '')) throw error;
    await database.execute(statement);
  }
}

function nameOf({ file }: Migration): string {
  return file.slice('NNNN-'.length, -'.sql'.length);
}

/** A server that started together with us may be through, and have taken away what we work on. */
async function prepareMigration(
  database: Database,
  migration: Migration,
  work: (() => Promise<void>) | undefined,
): Promise<void> {
  try {
    await work?.();
  } catch (error) {
    const applied = await readApplied(database);
    if (applied.every(({ number }) => number !== migration.number)) throw error;
  }
}

/** False when another server applied it first. */
async function applyMigration(
  database: Database,
  migration: Migration,
  options: MigrateOptions,
): Promise<boolean> {
  const attempts = options.lockAttempts ?? 5;
  for (let attempt = 1; ; attempt++) {
    try {
      await database.transaction((transaction) =>
        runMigration(transaction, migration, options.lockTimeoutMs ?? 5_000),
      );
      return true;
    } catch (error) {
      if (uniqueViolation(error)?.constraint === 'schema_migrations_pkey') return false;
      if (!isLockTimeout(error) || attempt === attempts) throw failure(migration, error);
      await delay(attempt * 200);
    }
  }
}

async function runMigration(
  transaction: Transaction,
  migration: Migration,
  lockTimeoutMs: number,
): Promise<void> {
  // The row first and without a lock timeout: here the second server waits for the first.
  // File name and checksum are of known characters, so they may stand in the text.
  await transaction.executeScript(
    `set local statement_timeout = 0; set local lock_timeout = 0;
     insert into schema_migrations (number, file, checksum)
       values (${migration.number}, '${migration.file}', '${migration.checksum}');
     set local lock_timeout = ${Math.ceil(lockTimeoutMs)}`,
  );
  await transaction.executeScript(migration.sql);
}

function failure(migration: Migration, error: unknown): MigrationError {
  const reason = isLockTimeout(error)
    ? 'a table it changes is in use. Try again when long-running statements have ended'
    : error instanceof Error
      ? error.message
      : String(error);
  return new MigrationError(`${migration.file} failed and was rolled back: ${reason}.`, { cause: error });
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
