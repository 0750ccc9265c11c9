import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  checkStorage,
  StorageMismatchError,
  tieStorage,
} from '../../src/platform/storage/storage-identity.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

const database = useTestDatabase();
let directory: string;
let other: string;
beforeEach(async () => {
  [directory, other] = await Promise.all([newDirectory(), newDirectory()]);
  await database().execute('delete from storage_identity');
});
afterEach(() => Promise.all([directory, other].map((path) => rm(path, { recursive: true }))));

const newDirectory = () => mkdtemp(join(tmpdir(), 'precert-storage-'));
const idIn = (path: string) => readFile(join(path, 'storage-id'), 'utf8');

describe('a storage directory', () => {
  test('stays tied to its database', async () => {
    await tieStorage(database(), directory);
    const id = await idIn(directory);
    await tieStorage(database(), directory);
    expect(await idIn(directory)).toBe(id);
  });

  test('tied by two processes at once is tied once', async () => {
    await Promise.all([1, 2, 3].map(() => tieStorage(database(), directory)));
    await tieStorage(database(), directory);
  });

  test('whose id another process is still writing takes that id', async () => {
    await writeFile(join(directory, 'storage-id'), '');
    const tied = tieStorage(database(), directory);
    // Long enough for it to have looked; who does not wait has written an id of its own by now.
    for (let times = 0; times < 30; times += 1) {
      await database().query('select 1');
      await idIn(directory);
    }
    await writeFile(join(directory, 'storage-id'), 'of the other process\n');
    await tied;
    expect(await database().query('select storage_id as id from storage_identity')).toEqual([
      { id: 'of the other process' },
    ]);
    expect(await idIn(directory)).toBe('of the other process\n');
  });

  test('of another installation is refused, and so is an empty one', async () => {
    await tieStorage(database(), directory);
    await expect(tieStorage(database(), other)).rejects.toBeInstanceOf(StorageMismatchError);
    await expect(idIn(other)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(join(other, 'storage-id'), 'of another database\n');
    await expect(tieStorage(database(), other)).rejects.toThrow(other);
  });

  test('that was restored without its id can be tied again by hand, as the refusal says', async () => {
    await tieStorage(database(), directory);
    const id = (await idIn(directory)).trim();
    await expect(tieStorage(database(), other)).rejects.toThrow(id);
    await writeFile(join(other, 'storage-id'), `${id}\n`);
    await tieStorage(database(), other);
  });

  test('keeps its id for a database that is made anew', async () => {
    await tieStorage(database(), directory);
    const id = await idIn(directory);
    await database().execute('delete from storage_identity');
    await tieStorage(database(), directory);
    expect(await idIn(directory)).toBe(id);
  });

  test('is only looked at by a check', async () => {
    await checkStorage(database(), directory);
    await expect(idIn(directory)).rejects.toMatchObject({ code: 'ENOENT' });
    await tieStorage(database(), directory);
    await checkStorage(database(), directory);
    await expect(checkStorage(database(), other)).rejects.toBeInstanceOf(StorageMismatchError);
  });
});
