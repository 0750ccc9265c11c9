import { invalidField } from '../platform/errors.ts';
import { type FilePurpose, maximumFileBytes, type StoredFile } from './file.ts';
import { insertFile } from './file-queries.ts';
import type { FilesContext } from './files-context.ts';
import { quotaExceeded } from './upload-quota.ts';
import { chargeSession } from './upload-usage-queries.ts';

export interface UploadRequest {
  readonly fileName: string;
  readonly contentType: string;
  readonly purpose: FilePurpose;
  readonly sizeBytes?: number;
}

/**
 * Opens an upload session (contract prior-auth.md, 1.14).
 * @throws PrecertError `validation_error` for a size announced beyond the limit, `upload_quota_exceeded`
 */
export async function createUpload(
  context: FilesContext,
  organizationId: string,
  request: UploadRequest,
): Promise<StoredFile> {
  if (request.sizeBytes !== undefined && request.sizeBytes > maximumFileBytes) {
    throw invalidField('sizeBytes', 'too_big', `A file holds at most ${maximumFileBytes} bytes.`);
  }
  const file: StoredFile = {
    organizationId,
    id: context.ids.next('file'),
    status: 'pending_upload',
    purpose: request.purpose,
    fileName: request.fileName,
    contentType: request.contentType,
    ...(request.sizeBytes === undefined ? {} : { declaredSizeBytes: request.sizeBytes }),
    createdAt: context.clock.now(),
  };
  const keys = await context.vault.keysOf(organizationId);
  await context.database.transaction(async (transaction) => {
    const { uploadQuota } = context;
    if (!(await chargeSession(transaction, organizationId, request.sizeBytes ?? 0, uploadQuota)))
      throw quotaExceeded();
    await insertFile(transaction, keys, file);
  });
  return file;
}
