import { PrecertError } from '../platform/errors.ts';
import type { ContentKey } from '../platform/storage/chunked-cipher.ts';
import type { StoredFile } from './file.ts';
import { markReady } from './file-queries.ts';
import type { FilesContext } from './files-context.ts';
import { getFile } from './get-file.ts';
import { packetContentTypes } from './sniff-content-type.ts';

/** Bytes that change while they are judged are judged again this often before the client is asked to wait. */
const tries = 3;

/**
 * Judges the uploaded bytes and makes the file ready. An encrypted or damaged document becomes ready too: the
 * case it is attached to then carries a validation issue that names it. Completing a ready file changes nothing.
 * @throws PrecertError `file_not_found`, `file_not_uploaded`
 */
export async function completeUpload(
  context: FilesContext,
  organizationId: string,
  fileId: string,
): Promise<StoredFile> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const file = await getFile(context, organizationId, fileId);
    if (file.status === 'ready') return file;
    const { storageKey, contentKey } = file;
    if (storageKey === undefined || contentKey === undefined || file.status === 'failed') {
      throw new PrecertError('file_not_uploaded', 'No content was uploaded for this file yet.');
    }
    const judgement = await judge(context, file, { storageKey, contentKey });
    if (judgement === undefined) continue;
    const marked = await markReady(context.database, { ...file, storageKey }, judgement);
    if (marked) return getFile(context, organizationId, fileId);
  }
  throw new PrecertError(
    'file_not_uploaded',
    'The content is still being replaced; complete the file once the upload is over.',
  );
}

/** Undefined when the bytes were replaced under our hands, and so removed. */
async function judge(
  context: FilesContext,
  file: StoredFile,
  { storageKey, contentKey }: { readonly storageKey: string; readonly contentKey: ContentKey },
) {
  const completedAt = context.clock.now();
  const mimeType = file.contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!packetContentTypes.some((type) => type === mimeType))
    return { pageCount: undefined, problem: undefined, completedAt };
  try {
    const inspection = await context.blobs.withLocalCopy(storageKey, contentKey, (copy) =>
      context.inspector.inspect({ ...copy, mimeType }),
    );
    const problem = inspection.kind === 'readable' ? undefined : inspection.kind;
    return { pageCount: inspection.pageCount, problem, completedAt };
  } catch (error) {
    const now = await getFile(context, file.organizationId, file.id);
    if (now.storageKey === storageKey) throw error;
    return undefined;
  }
}
