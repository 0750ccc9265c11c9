import type { Database, Queryable } from '../platform/database/database.ts';
import { isUpload } from './upload-usage-queries.ts';

/** For the collector, which serves all organizations. */

/** A file whose bytes and row are to go. */
export interface CollectedFile {
  readonly organizationId: string;
  readonly id: string;
  readonly storageKey: string | null;
  readonly createdAt: Date;
}

/** The place of a file among all by age. What cannot be removed is passed over, not met again. */
export type FilePosition = Pick<CollectedFile, 'createdAt' | 'id'>;

export const beforeAllFiles: FilePosition = { createdAt: new Date(0), id: '' };

/** Upload sessions without a sign of life since the instant can be finished no more from now on. */
export async function failUnfinishedUploads(database: Queryable, instant: Date): Promise<void> {
  await database.execute(
    `update file set status = 'failed'
      where status in ('pending_upload', 'uploaded') and greatest(created_at, uploaded_at) < $1 and created_at < $1`,
    [instant],
  );
}

/** One that was refused stays to say so until the instant has passed its upload. */
export function listFailedUploads(database: Queryable, instant: Date, after: FilePosition, limit: number) {
  const condition = `f.status <> 'ready' and f.status = 'failed' and (f.refusal is null or f.uploaded_at < $4)`;
  return listFiles(database, condition, [instant], after, limit);
}

export function listPreviewsBefore(database: Queryable, instant: Date, after: FilePosition, limit: number) {
  return listFiles(database, `f.purpose = 'preview_document' and f.created_at < $4`, [instant], after, limit);
}

/** Documents made before the instant for a case that never came to hold them. */
export function listUnusedDocuments(database: Queryable, until: Date, after: FilePosition, limit: number) {
  const condition = `f.purpose = 'generated_artifact' and f.created_at < $4 and not exists (
    select from prior_authorization_artifact a where a.organization_id = f.organization_id and a.file_id = f.id)`;
  return listFiles(database, condition, [until], after, limit);
}

/** Oldest first. `condition` is one of the texts above, its values from `$4` on. */
async function listFiles(
  database: Queryable,
  condition: string,
  values: readonly unknown[],
  after: FilePosition,
  limit: number,
): Promise<readonly CollectedFile[]> {
  return database.query(
    `select f.organization_id as "organizationId", f.id, f.storage_key as "storageKey", f.created_at as "createdAt"
       from file f
      where (f.created_at, f.id) > ($1::timestamptz, $2) and ${condition}
      order by f.created_at, f.id limit $3`,
    [after.createdAt, after.id, limit, ...values],
  );
}

/** In a transaction, so that two collectors that meet on a counter try again. */
export async function deleteFiles(database: Database, files: readonly CollectedFile[]): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.execute(
      `with gone as (
         delete from file f using jsonb_to_recordset($1::jsonb) as named("organizationId" text, id text)
          where f.organization_id = named."organizationId" and f.id = named.id
         returning f.organization_id, f.purpose, f.size_bytes),
       freed as (
         select organization_id, count(*) as files, coalesce(sum(size_bytes), 0) as bytes
           from gone where ${isUpload} group by organization_id)
       update upload_usage u set file_count = u.file_count - f.files, stored_bytes = u.stored_bytes - f.bytes
         from freed f where u.organization_id = f.organization_id`,
      [JSON.stringify(files)],
    );
  });
}

/** Those of the keys that no row names. */
export async function findUnknownKeys(
  database: Queryable,
  storageKeys: readonly string[],
): Promise<readonly string[]> {
  const rows = await database.query<{ storageKey: string }>(
    `select k as "storageKey" from unnest($1::text[]) as k
      where not exists (select from file f where f.storage_key = k)`,
    [storageKeys],
  );
  return rows.map(({ storageKey }) => storageKey);
}
