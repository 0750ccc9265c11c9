/** The migrations on disk: `NNNN-name.sql`, numbered from 1 without gaps. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationError } from './migration-error.ts';

export interface Migration {
  readonly number: number;
  /** File name, for example `0001-organizations.sql`. */
  readonly file: string;
  readonly sql: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly checksum: string;
}

const filePattern = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/;

/**
 * All migrations of `directory`, ascending. Files that do not end in `.sql` are left alone.
 * @throws MigrationError for a misnamed file, a number used twice, or a gap.
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)));
  migrations.forEach((migration, index) => {
    requireNumber(migration, index + 1);
  });
  return migrations;
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const number = Number(filePattern.exec(file)?.[1]);
  if (Number.isNaN(number)) {
    throw new MigrationError(`The migration ${file} must be named NNNN-name.sql, in lower case.`);
  }
  // A checkout with other line ends is the same migration.
  const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n');
  return { number, file, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

function requireNumber(migration: Migration, expected: number): void {
  if (migration.number === expected) return;
  const found = String(migration.number).padStart(4, '0');
  if (migration.number < expected) throw new MigrationError(`Two migrations carry the number ${found}.`);
  throw new MigrationError(
    `The migration ${String(expected).padStart(4, '0')} is missing: ${migration.file} follows a gap.`,
  );
}
