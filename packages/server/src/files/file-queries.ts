import { createSecretKey } from 'node:crypto';
import type { Queryable } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { SealedTable } from '../platform/encryption/sealed-table.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { ContentKey } from '../platform/storage/chunked-cipher.ts';
import type { FileProblem, FilePurpose, FileRefusal, FileStatus, StoredFile } from './file.ts';

export const sealedFiles: SealedTable = { name: 'file', key: ['id'] };

/** What a file's row keeps sealed. */
export interface FileSecrets {
  readonly fileName: string;
  /** Base64; absent until bytes are stored. */
  readonly contentKey?: string;
}

interface FileRow {
  readonly organization_id: string;
  readonly id: string;
  readonly status: FileStatus;
  readonly purpose: FilePurpose;
  readonly content_type: string;
  readonly declared_size_bytes: number | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly storage_key: string | null;
  readonly page_count: number | null;
  readonly problem: FileProblem | null;
  readonly refusal: FileRefusal | null;
  readonly created_at: Date;
  readonly uploaded_at: Date | null;
  readonly completed_at: Date | null;
  readonly sealed: Uint8Array;
}

const columns = `organization_id, id, status, purpose, content_type, declared_size_bytes, size_bytes,
  sha256, storage_key, page_count, problem, created_at, uploaded_at, completed_at, sealed`;

export async function findFile(
  { database, vault }: Store,
  organizationId: string,
  fileId: string,
): Promise<StoredFile | undefined> {
  const [row] = await database.query<FileRow>(
    {
      name: 'find_file',
      text: `select ${columns}, refusal from file where organization_id = $1 and id = $2`,
    },
    [organizationId, fileId],
  );
  return row === undefined ? undefined : vault.withKeys(organizationId, (keys) => fileFromRow(keys, row));
}

/** In no particular order; ids that do not exist are left out. */
export async function findFiles(
  { database, vault }: Store,
  organizationId: string,
  fileIds: readonly string[],
): Promise<readonly StoredFile[]> {
  if (fileIds.length === 0) return [];
  const rows = await database.query<FileRow>(
    `select ${columns}, refusal from file where organization_id = $1 and id = any($2::text[])`,
    [organizationId, fileIds],
  );
  if (rows.length === 0) return [];
  return vault.withKeys(organizationId, (keys) => rows.map((row) => fileFromRow(keys, row)));
}

/** @param keys asked for before a transaction begins */
export async function insertFile(
  database: Queryable,
  keys: OrganizationKeys,
  file: StoredFile,
): Promise<void> {
  await database.execute(
    `insert into file (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      file.organizationId,
      file.id,
      file.status,
      file.purpose,
      file.contentType,
      file.declaredSizeBytes ?? null,
      file.sizeBytes ?? null,
      file.sha256 ?? null,
      file.storageKey ?? null,
      file.pageCount ?? null,
      file.problem ?? null,
      file.createdAt,
      file.uploadedAt ?? null,
      file.completedAt ?? null,
      sealFile(keys, file),
    ],
  );
}

/**
 * Points the session at newly stored bytes, if it still points where the caller saw it point: so whoever replaces
 * bytes knows which, and can remove them.
 * @param keys asked for before a transaction begins
 * @returns false when other bytes came, or the file became ready, in the meantime.
 */
export async function recordUpload(
  database: Queryable,
  keys: OrganizationKeys,
  file: Pick<StoredFile, 'organizationId' | 'id' | 'fileName' | 'storageKey'>,
  upload: {
    readonly storageKey: string;
    readonly contentKey: ContentKey;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly uploadedAt: Date;
  },
): Promise<boolean> {
  const { contentKey } = upload;
  const updated = await database.execute(
    `update file set status = 'uploaded', storage_key = $3, size_bytes = $4, sha256 = $5, uploaded_at = $6, sealed = $8
      where organization_id = $1 and id = $2 and status in ('pending_upload', 'uploaded')
        and storage_key is not distinct from $7`,
    [
      file.organizationId,
      file.id,
      upload.storageKey,
      upload.sizeBytes,
      upload.sha256,
      upload.uploadedAt,
      file.storageKey ?? null,
      sealFile(keys, { ...file, contentKey }),
    ],
  );
  return updated === 1;
}

/**
 * Makes the judged bytes ready.
 * @returns false when the bytes were replaced, or the file made ready, since they were judged.
 */
export async function markReady(
  database: Queryable,
  file: { readonly organizationId: string; readonly id: string; readonly storageKey: string },
  judgement: {
    readonly pageCount: number | undefined;
    readonly problem: FileProblem | undefined;
    readonly completedAt: Date;
  },
): Promise<boolean> {
  const updated = await database.execute(
    `update file set status = 'ready', page_count = $4, problem = $5, completed_at = $6
      where organization_id = $1 and id = $2 and status = 'uploaded' and storage_key = $3`,
    [
      file.organizationId,
      file.id,
      file.storageKey,
      judgement.pageCount ?? null,
      judgement.problem ?? null,
      judgement.completedAt,
    ],
  );
  return updated === 1;
}

/**
 * Ends the session: the judged bytes may not be used.
 * @returns false when the bytes were replaced, or the file made ready, since they were judged.
 */
export async function markRefused(
  database: Queryable,
  file: { readonly organizationId: string; readonly id: string; readonly storageKey: string },
  refusal: FileRefusal,
): Promise<boolean> {
  const updated = await database.execute(
    `update file set status = 'failed', refusal = $4
      where organization_id = $1 and id = $2 and status = 'uploaded' and storage_key = $3`,
    [file.organizationId, file.id, file.storageKey, refusal],
  );
  return updated === 1;
}

/** What `FileSecrets` holds of a file. */
function sealFile(
  keys: OrganizationKeys,
  { id, fileName, contentKey }: Pick<StoredFile, 'id' | 'fileName' | 'contentKey'>,
): Uint8Array {
  const secrets: FileSecrets = {
    fileName,
    ...(contentKey === undefined ? {} : { contentKey: contentKey.export().toString('base64') }),
  };
  return keys.seal(sealedFiles, [id], secrets);
}

function fileFromRow(keys: OrganizationKeys, row: FileRow): StoredFile {
  const { fileName, contentKey } = keys.open<FileSecrets>(sealedFiles, [row.id], row.sealed);
  return {
    organizationId: row.organization_id,
    id: row.id,
    status: row.status,
    purpose: row.purpose,
    fileName,
    contentType: row.content_type,
    createdAt: row.created_at,
    ...(row.declared_size_bytes === null ? {} : { declaredSizeBytes: row.declared_size_bytes }),
    ...(row.size_bytes === null ? {} : { sizeBytes: row.size_bytes }),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.storage_key === null ? {} : { storageKey: row.storage_key }),
    ...(contentKey === undefined ? {} : { contentKey: createSecretKey(contentKey, 'base64') }),
    ...(row.page_count === null ? {} : { pageCount: row.page_count }),
    ...(row.problem === null ? {} : { problem: row.problem }),
    ...(row.refusal === null ? {} : { refusal: row.refusal }),
    ...(row.uploaded_at === null ? {} : { uploadedAt: row.uploaded_at }),
    ...(row.completed_at === null ? {} : { completedAt: row.completed_at }),
  };
}

/** A file that was judged readable turned out not to be. */
export async function recordProblem(
  database: Queryable,
  organizationId: string,
  fileId: string,
  problem: FileProblem,
): Promise<void> {
  await database.execute('update file set problem = $3 where organization_id = $1 and id = $2', [
    organizationId,
    fileId,
    problem,
  ]);
}
