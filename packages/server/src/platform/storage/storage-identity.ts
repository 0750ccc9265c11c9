/**
 * Rows and files belong together, and every process of an installation has to see the same of both. An id, kept in
 * the database and beside the files, shows at the start when somebody pointed a process at another directory.
 */

import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable } from '../database/database.ts';
import { isMissing } from './storage-errors.ts';

/** `message` says how to mend it. */
export class StorageMismatchError extends Error {
  override readonly name = 'StorageMismatchError';
}

/**
 * Ties an existing storage directory to the database, or finds that they are tied already.
 * @throws StorageMismatchError when the database belongs to the files of another directory
 */
export async function tieStorage(database: Queryable, directory: string): Promise<void> {
  const known = await readDatabaseId(database);
  if (known !== undefined) return requireSame(known, await readDirectoryId(directory), directory);
  // The file first: a start cut short in between finds it again, where a lone row would refuse every directory.
  const id = await ensureDirectoryId(directory);
  await database.execute('insert into storage_identity (storage_id) values ($1) on conflict do nothing', [
    id,
  ]);
  requireSame((await readDatabaseId(database)) ?? id, id, directory);
}

/**
 * As `tieStorage`, but writes nothing: what is not tied yet is well too.
 * @throws StorageMismatchError
 */
export async function checkStorage(database: Queryable, directory: string): Promise<void> {
  const known = await readDatabaseId(database);
  if (known !== undefined) requireSame(known, await readDirectoryId(directory), directory);
}

async function readDatabaseId(database: Queryable): Promise<string | undefined> {
  const [row] = await database.query<{ id: string }>('select storage_id as id from storage_identity');
  return row?.id;
}

async function readDirectoryId(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(fileOf(directory), 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Of two processes that start together one makes the id and the other takes it. */
async function ensureDirectoryId(directory: string): Promise<string> {
  const kept = await readSettledId(directory);
  if (kept !== undefined && kept !== '') return kept;
  const made = randomUUID();
  try {
    // What stayed empty is of a process that was killed while it wrote.
    const flag = kept === '' ? 'w' : 'wx';
    await writeFile(fileOf(directory), `${made}\n`, { mode: 0o600, flag, flush: true });
    return made;
  } catch (error) {
    const rival = await readSettledId(directory);
    if (rival === undefined || rival === '') throw error;
    return rival;
  }
}

/** A file that is there and empty is being written by another process; for a second. */
async function readSettledId(directory: string): Promise<string | undefined> {
  for (let looks = 0; looks < 50; looks += 1) {
    const id = await readDirectoryId(directory);
    if (id !== '') return id;
    await delay(20);
  }
  return '';
}

function requireSame(known: string, found: string | undefined, directory: string): void {
  if (known === found) return;
  throw new StorageMismatchError(
    `The database belongs to the files of another data directory: ${fileOf(directory)} ` +
      `${found === undefined ? 'is missing' : `holds ${found || 'nothing'}`}, and the database says ${known}. ` +
      'All processes on one database share one PRECERT_DATA_DIR. If the files were moved or restored without this ' +
      'file, write that id into it.',
  );
}

function fileOf(directory: string): string {
  return join(directory, 'storage-id');
}
