import type { Clock } from '../../platform/clock.ts';
import type { Queryable } from '../../platform/database/database.ts';
import type { Store } from '../../platform/encryption/store.ts';
import { BlobNotFoundError, type BlobStore } from '../../platform/storage/blob-store.ts';
import { isSealedStart } from '../../platform/storage/chunked-cipher.ts';
import type { EncryptedBlobStore } from '../../platform/storage/encrypted-blob-store.ts';
import { findUnknownKeys } from '../collect-queries.ts';
import { type FileSecrets, sealedFiles } from '../file-queries.ts';
import { newStorageKey } from '../storage-key.ts';

export interface FormerFilesContext extends Store {
  readonly clock: Clock;
  /** The bytes as they lie on the disk. */
  readonly blobs: BlobStore;
  readonly encrypted: EncryptedBlobStore;
}

interface FormerFile {
  readonly organizationId: string;
  readonly id: string;
  readonly fileName: string;
  readonly storageKey: string | null;
}

/**
 * Seals the files that 0.1.0 stored: their bytes are written anew, sealed, then the row is pointed at them, then the
 * former bytes are removed. Safe to run again, and beside itself.
 */
export async function sealFormerFiles(context: FormerFilesContext): Promise<void> {
  for (;;) {
    const files = await listPlain(context.database);
    if (files.length === 0) break;
    for (const file of files) await sealFile(context, file);
  }
  await removeFormerBytes(context);
}

async function listPlain(database: Queryable): Promise<readonly FormerFile[]> {
  return database.query<FormerFile>(
    `select organization_id as "organizationId", id, file_name as "fileName", storage_key as "storageKey"
       from file where sealed is null order by organization_id, id limit 100`,
  );
}

async function sealFile(context: FormerFilesContext, file: FormerFile): Promise<void> {
  const { database, vault, blobs } = context;
  const stored = file.storageKey === null ? undefined : await sealBytes(context, file.storageKey);
  const secrets: FileSecrets = {
    fileName: file.fileName,
    ...(stored === undefined ? {} : { contentKey: stored.contentKey.export().toString('base64') }),
  };
  const keys = await vault.keysOf(file.organizationId);
  const sealed = keys.seal(sealedFiles, [file.id], secrets);
  const updated = await database.execute(
    `update file set sealed = $3, storage_key = $4
      where organization_id = $1 and id = $2 and sealed is null and storage_key is not distinct from $5`,
    [file.organizationId, file.id, sealed, stored?.storageKey ?? file.storageKey, file.storageKey],
  );
  const needless = updated === 1 ? file.storageKey : stored?.storageKey;
  if (stored !== undefined && typeof needless === 'string') await blobs.remove(needless);
}

/** Undefined when the bytes are gone: the row stays, as it was, one without bytes. */
async function sealBytes({ blobs, encrypted, clock }: FormerFilesContext, formerKey: string) {
  const storageKey = newStorageKey(clock.now());
  try {
    const { contentKey } = await encrypted.write(storageKey, await blobs.read(formerKey));
    return { storageKey, contentKey };
  } catch (error) {
    if (error instanceof BlobNotFoundError) return undefined;
    throw error;
  }
}

/** What an interruption left behind, and packets that the simulated payers of 0.1.0 kept. */
async function removeFormerBytes({ database, blobs }: FormerFilesContext): Promise<void> {
  const keys = await blobs.list('files/');
  for (let start = 0; start < keys.length; start += 100) {
    const unknown = await findUnknownKeys(database, keys.slice(start, start + 100));
    for (const key of unknown) if (await isPlain(blobs, key)) await blobs.remove(key);
  }
  for (const key of await blobs.list('simulator-')) if (key.endsWith('.pdf')) await blobs.remove(key);
}

/** False also for what another server has just removed. */
async function isPlain(blobs: BlobStore, key: string): Promise<boolean> {
  try {
    for await (const start of await blobs.read(key)) return !isSealedStart(start);
    return true;
  } catch (error) {
    if (error instanceof BlobNotFoundError) return false;
    throw error;
  }
}
