import { PrecertError } from '../platform/errors.ts';
import type { FilesContext } from './files-context.ts';
import { findUploadUsage } from './upload-usage-queries.ts';

/**
 * Refuses an upload that cannot be kept before its bytes come; whether they may stay is decided once they are there.
 * @throws PrecertError `upload_quota_exceeded`
 */
export async function refuseBeyondQuota(
  { database, uploadQuota }: Pick<FilesContext, 'database' | 'uploadQuota'>,
  organizationId: string,
  growth: number,
): Promise<void> {
  const { bytes } = await findUploadUsage(database, organizationId);
  if (growth > 0 && bytes + growth > uploadQuota.bytes) throw quotaExceeded();
}

export function quotaExceeded(): PrecertError {
  return new PrecertError(
    'upload_quota_exceeded',
    'The organization has as many or as large uploads as it may have.',
  );
}
