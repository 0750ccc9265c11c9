import { invalidField, PrecertError } from '../platform/errors.ts';
import { BlobTooLargeError } from '../platform/storage/blob-store.ts';
import type { StoredBlob } from '../platform/storage/encrypted-blob-store.ts';
import { maximumFileBytes, type StoredFile } from './file.ts';
import { recordUpload } from './file-queries.ts';
import type { FilesContext } from './files-context.ts';
import { getFile } from './get-file.ts';
import { HiddenArchiveSearch } from './hidden-archive.ts';
import { refusalError } from './refuse-upload.ts';
import {
  agreesWithDeclared,
  beginsAsArchiveOrProgram,
  isPacketType,
  sniffLength,
} from './sniff-content-type.ts';
import { newStorageKey } from './storage-key.ts';
import { quotaExceeded, refuseBeyondQuota } from './upload-quota.ts';
import { chargeBytes } from './upload-usage-queries.ts';

export interface ContentUpload {
  readonly fileId: string;
  /** The request's Content-Type header, exactly as sent. */
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Takes the bytes of an upload session, streaming them to storage. A second upload before completion replaces
 * the first; of two at once one wins whole.
 * @throws PrecertError `file_not_found`, `file_upload_already_completed`, `file_infected`, `file_active_content`, `file_content_type_mismatch`,
 *         `unsupported_attachment_mime_type`, `payload_too_large`, `upload_quota_exceeded`,
 *         `validation_error` (empty body, not the announced size, or broken off)
 */
export async function receiveContent(
  context: FilesContext,
  organizationId: string,
  upload: ContentUpload,
): Promise<void> {
  const file = await getFile(context, organizationId, upload.fileId);
  if (!awaitsContent(file)) throw noLongerOpen(file);
  if (upload.contentType !== file.contentType)
    throw contentTypeMismatch('The Content-Type is not the one of the file session.');
  if ((upload.contentLength ?? 0) > maximumFileBytes) throw payloadTooLarge();
  await refuseBeyondQuota(context, organizationId, (upload.contentLength ?? 1) - (file.sizeBytes ?? 0));

  const storageKey = newStorageKey(context.clock.now());
  const stored = await storeChecked(context, storageKey, upload.content, file);
  const replacedKey = await pointSessionAt(context, file, {
    storageKey,
    ...stored,
    uploadedAt: context.clock.now(),
  });
  if (replacedKey !== undefined) await context.blobs.remove(replacedKey);
}

/**
 * Each lost round means that another upload got through, whose bytes are then ours to replace.
 * @returns the storage key of the bytes that were replaced
 */
async function pointSessionAt(
  context: FilesContext,
  file: StoredFile,
  upload: Parameters<typeof recordUpload>[3],
): Promise<string | undefined> {
  for (let current = file; ; current = await getFile(context, file.organizationId, file.id)) {
    const outcome = awaitsContent(current)
      ? await recordWithinQuota(context, current, upload)
      : noLongerOpen(current);
    if (outcome === 'recorded') return current.storageKey;
    if (outcome === 'replaced') continue;
    await context.blobs.remove(upload.storageKey);
    throw outcome;
  }
}

/** The session and what the organization has stored change together, or neither. */
async function recordWithinQuota(
  { database, vault, uploadQuota }: FilesContext,
  file: StoredFile,
  upload: Parameters<typeof recordUpload>[3],
): Promise<'recorded' | 'replaced' | PrecertError> {
  const { organizationId, sizeBytes = 0 } = file;
  const keys = await vault.keysOf(organizationId);
  return database
    .transaction(async (transaction) => {
      if (!(await recordUpload(transaction, keys, file, upload))) return 'replaced';
      const growth = upload.sizeBytes - sizeBytes;
      if (await chargeBytes(transaction, organizationId, growth, uploadQuota)) return 'recorded';
      throw quotaExceeded();
    })
    .catch((error) => {
      if (error instanceof PrecertError && error.code === 'upload_quota_exceeded') return error;
      throw error;
    });
}

async function storeChecked(
  context: FilesContext,
  storageKey: string,
  content: AsyncIterable<Uint8Array>,
  file: StoredFile,
): Promise<StoredBlob> {
  try {
    const stored = await context.blobs.write(storageKey, checked(received(content), file.contentType), {
      maximumBytes: maximumFileBytes,
    });
    const announced = file.declaredSizeBytes;
    if (announced === undefined || announced === stored.sizeBytes) return stored;
    await context.blobs.remove(storageKey);
    throw invalidField(
      'sizeBytes',
      'invalid_size',
      `The session announced ${announced} bytes; ${stored.sizeBytes} came.`,
    );
  } catch (error) {
    throw error instanceof BlobTooLargeError ? payloadTooLarge() : error;
  }
}

/** A client that goes away in the middle is no failure of the server; nobody is left to read the answer. */
async function* received(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (cause) {
    throw new PrecertError('validation_error', 'The upload broke off.', { cause });
  }
}

/** Passes the bytes on once the first of them have shown the announced type; at the end of them, says what hides there. */
async function* checked(content: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Uint8Array> {
  const search = new HiddenArchiveSearch();
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of content) {
    search.add(chunk);
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < sniffLength) continue;
    checkStart(start, contentType);
    yield start;
    start = undefined;
  }
  if (start?.length === 0) throw invalidField('body', 'required', 'The upload has no bytes.');
  if (start !== undefined) checkStart(start, contentType);
  if (search.found()) throw archiveOrProgram(contentType);
  if (start !== undefined) yield start;
}

function checkStart(start: Uint8Array, contentType: string): void {
  if (beginsAsArchiveOrProgram(start)) throw archiveOrProgram(contentType);
  if (agreesWithDeclared(contentType, start)) return;
  throw contentTypeMismatch('The bytes are not of the content type the file session announced.');
}

/** Under the name of a document it is not what was announced; under its own, or any other, it is nothing we take. */
function archiveOrProgram(contentType: string): PrecertError {
  if (isPacketType(contentType))
    return contentTypeMismatch('The file is an archive or a program, or has one hidden in it.');
  return new PrecertError(
    'unsupported_attachment_mime_type',
    'Archives and programs are not taken; upload the documents themselves.',
  );
}

function awaitsContent(file: StoredFile): boolean {
  return file.status === 'pending_upload' || file.status === 'uploaded';
}

function noLongerOpen(file: StoredFile): PrecertError {
  if (file.refusal !== undefined) return refusalError(file.refusal);
  return new PrecertError(
    'file_upload_already_completed',
    'This file is complete; open a new session for other content.',
  );
}

function contentTypeMismatch(message: string): PrecertError {
  return new PrecertError('file_content_type_mismatch', message);
}

function payloadTooLarge(): PrecertError {
  return new PrecertError('payload_too_large', `A file holds at most ${maximumFileBytes} bytes.`, {
    details: { maximumBytes: maximumFileBytes },
  });
}
