import type { Queryable } from '../platform/database/database.ts';
import { uploadPurposes } from './file.ts';

/** What an organization has stored, and may store, by uploads. */
export interface UploadAmount {
  readonly files: number;
  readonly bytes: number;
}

export async function findUploadUsage(database: Queryable, organizationId: string): Promise<UploadAmount> {
  const rows = await database.query<UploadAmount>(
    `select file_count as files, stored_bytes as bytes from upload_usage where organization_id = $1`,
    [organizationId],
  );
  return rows[0] ?? { files: 0, bytes: 0 };
}

/**
 * Counts one more upload session, if the quota has room for it and for the bytes it announces.
 * @returns false when there is no room
 */
export async function chargeSession(
  database: Queryable,
  organizationId: string,
  announcedBytes: number,
  quota: UploadAmount,
): Promise<boolean> {
  const charged = await database.execute(
    `insert into upload_usage as known (organization_id, file_count, stored_bytes) values ($1, 1, 0)
     on conflict (organization_id) do update set file_count = known.file_count + 1
       where known.file_count < $2 and known.stored_bytes + $3 <= $4`,
    [organizationId, quota.files, announcedBytes, quota.bytes],
  );
  return charged === 1;
}

/**
 * Counts the bytes by which an upload grew, or, below zero, shrank.
 * @returns false when the quota has no room for them
 */
export async function chargeBytes(
  database: Queryable,
  organizationId: string,
  bytes: number,
  quota: UploadAmount,
): Promise<boolean> {
  const charged = await database.execute(
    `update upload_usage set stored_bytes = stored_bytes + $2
      where organization_id = $1 and ($2 <= 0 or stored_bytes + $2 <= $3)`,
    [organizationId, bytes, quota.bytes],
  );
  return charged === 1;
}

/** Of files that are deleted: the condition of `file` rows that count as uploads. */
export const isUpload = `purpose in (${uploadPurposes.map((purpose) => `'${purpose}'`).join(', ')})`;
