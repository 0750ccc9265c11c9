import type { Store } from '../platform/encryption/store.ts';
import { PrecertError } from '../platform/errors.ts';
import type { ReadyFile, StoredFile } from './file.ts';
import { findFile } from './file-queries.ts';

/** @throws PrecertError `file_not_found`, also for another organization's id. */
export async function getFile(store: Store, organizationId: string, fileId: string): Promise<StoredFile> {
  const file = await findFile(store, organizationId, fileId);
  if (file === undefined) throw fileNotFound();
  return file;
}

/** @throws PrecertError `file_not_found`, `file_not_ready` */
export async function getReadyFile(store: Store, organizationId: string, fileId: string): Promise<ReadyFile> {
  return assertReady(await getFile(store, organizationId, fileId));
}

/** @throws PrecertError `file_not_ready` */
export function assertReady(file: StoredFile): ReadyFile {
  const { status, sizeBytes, sha256, storageKey, contentKey } = file;
  const isWhole = sizeBytes !== undefined && sha256 !== undefined;
  if (status !== 'ready' || !isWhole || storageKey === undefined || contentKey === undefined) {
    throw new PrecertError('file_not_ready', 'The file is not ready: upload its content, then complete it.', {
      details: { fileId: file.id, status },
    });
  }
  return { ...file, status, sizeBytes, sha256, storageKey, contentKey };
}

export function fileNotFound(): PrecertError {
  return new PrecertError('file_not_found', 'There is no file of this id.');
}
