import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BlobNotFoundError, type BlobStore } from './blob-store.ts';
import { asStorageError, isMissing } from './storage-errors.ts';

const keyPattern = /^[a-z0-9][a-z0-9_-]*(\/[a-z0-9][a-z0-9_.-]*)*$/;

/** Longer than any upload may take; other processes may be writing to the same directory. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;

/**
 * Blobs as files below one directory. A blob is written beside its place, flushed to disk and renamed, so that
 * a crash leaves at most a file below `incoming/`, which a start a day later removes.
 */
export async function openLocalBlobStore(directory: string): Promise<BlobStore> {
  const incoming = join(directory, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await removeAbandoned(incoming);
  const pathOf = (key: string) => join(directory, 'blobs', checkedKey(key));

  return {
    async write(key, source) {
      const target = pathOf(key);
      const temporary = join(incoming, randomUUID());
      try {
        await pipeline(source, createWriteStream(temporary, { mode: 0o600, flush: true }));
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await rename(temporary, target);
        await flushDirectory(dirname(target));
      } catch (error) {
        // What cannot be removed now goes with the next day's start.
        await rm(temporary, { force: true }).catch(() => undefined);
        throw asStorageError(error);
      }
    },
    async read(key) {
      return openForReading(pathOf(key));
    },
    async withLocalCopy(key, work) {
      const path = pathOf(key);
      await access(path).catch(throwReadError);
      return work(path);
    },
    async remove(key) {
      await rm(pathOf(key), { force: true }).catch((error) => {
        throw asStorageError(error);
      });
    },
    async list(prefix) {
      return listKeys(join(directory, 'blobs'), prefix);
    },
  };
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > abandonedAfterMs) await rm(path, { force: true });
  }
}

/** A rename is durable only once its directory is. */
async function flushDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

async function openForReading(path: string): Promise<Readable> {
  const stream = createReadStream(path);
  return new Promise<Readable>((resolve, reject) => {
    stream.once('open', () => resolve(stream));
    stream.once('error', reject);
  }).catch(throwReadError);
}

function throwReadError(error: unknown): never {
  throw isMissing(error) ? new BlobNotFoundError('No such blob.', { cause: error }) : asStorageError(error);
}

async function listKeys(root: string, prefix: string): Promise<readonly string[]> {
  const start = join(root, dirname(`${prefix}x`));
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((key) => key.startsWith(prefix))
    .sort();
}

/** Keys are made by the server, never from a client's words; this is the second line. */
function checkedKey(key: string): string {
  if (!keyPattern.test(key) || key.includes('..')) throw new Error('Malformed storage key.');
  return key;
}
