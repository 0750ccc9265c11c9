import { PrecertError } from '../platform/errors.ts';
import type { ContentKey } from '../platform/storage/chunked-cipher.ts';
import type { FileProblem, FileRefusal, StoredFile } from './file.ts';
import { markReady } from './file-queries.ts';
import type { FilesContext } from './files-context.ts';
import { getFile } from './get-file.ts';
import { refusalError, refuseUpload } from './refuse-upload.ts';
import { isPacketType, mediaTypeOf } from './sniff-content-type.ts';

/** Bytes that change while they are judged are judged again this often before the client is asked to wait. */
const tries = 3;

/**
 * Judges the uploaded bytes and makes the file ready. An encrypted or damaged document becomes ready too: the
 * case it is attached to then carries a validation issue that names it. What the scanner does not call clean, and a PDF
 * with active content, fails for good. Completing a ready file changes nothing.
 * @throws PrecertError `file_not_found`, `file_not_uploaded`, `file_infected`, `file_active_content`,
 *         `service_unavailable` (no verdict of the scanner)
 */
export async function completeUpload(
  context: FilesContext,
  organizationId: string,
  fileId: string,
): Promise<StoredFile> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const file = await getFile(context, organizationId, fileId);
    if (file.status === 'ready') return file;
    if (file.refusal !== undefined) throw refusalError(file.refusal);
    const { storageKey, contentKey } = file;
    if (storageKey === undefined || contentKey === undefined || file.status === 'failed') {
      throw new PrecertError('file_not_uploaded', 'No content was uploaded for this file yet.');
    }
    const uploaded: UploadedFile = { ...file, storageKey, contentKey };
    const judgement = await judge(context, uploaded);
    if (judgement !== undefined && (await isSettled(context, uploaded, judgement)))
      return getFile(context, organizationId, fileId);
  }
  throw new PrecertError(
    'file_not_uploaded',
    'The content is still being replaced; complete the file once the upload is over.',
  );
}

type UploadedFile = StoredFile & { readonly storageKey: string; readonly contentKey: ContentKey };

interface Judgement {
  readonly refusal: FileRefusal | undefined;
  readonly pageCount: number | undefined;
  readonly problem: FileProblem | undefined;
  readonly completedAt: Date;
}

/**
 * False when the bytes were replaced since they were judged.
 * @throws PrecertError why they are refused
 */
async function isSettled(context: FilesContext, file: UploadedFile, judgement: Judgement): Promise<boolean> {
  const { refusal } = judgement;
  if (refusal === undefined) return markReady(context.database, file, judgement);
  if (await refuseUpload(context, file, refusal)) throw refusalError(refusal);
  return false;
}

/** Undefined when the bytes were replaced under our hands, and so removed. */
async function judge(context: FilesContext, file: UploadedFile): Promise<Judgement | undefined> {
  const completedAt = context.clock.now();
  try {
    // At once, since a client waits; the inspection runs where it can do no harm.
    const [scanned, inspected] = await Promise.all([scan(context, file), inspect(context, file)]);
    return { ...inspected, refusal: scanned ?? inspected.refusal, completedAt };
  } catch (error) {
    const now = await getFile(context, file.organizationId, file.id);
    if (now.storageKey === file.storageKey) throw error;
    return undefined;
  }
}

async function inspect(context: FilesContext, file: UploadedFile): Promise<Omit<Judgement, 'completedAt'>> {
  if (!isPacketType(file.contentType))
    return { refusal: undefined, pageCount: undefined, problem: undefined };
  const mimeType = mediaTypeOf(file.contentType);
  const { kind, pageCount, activeContent } = await context.blobs.withLocalCopy(
    file.storageKey,
    file.contentKey,
    (copy) => context.inspector.inspect({ ...copy, mimeType }),
  );
  return {
    refusal: activeContent === undefined ? undefined : 'active_content',
    pageCount,
    problem: kind === 'readable' ? undefined : kind,
  };
}

/** @throws PrecertError `service_unavailable`: without a verdict nothing becomes ready */
async function scan(context: FilesContext, file: UploadedFile): Promise<FileRefusal | undefined> {
  const { scanner, logger } = context;
  if (scanner === undefined) return undefined;
  const content = await context.blobs.read(file.storageKey, file.contentKey);
  const { organizationId, id: fileId } = file;
  try {
    const { kind, signature } = await scanner.scan(content);
    if (kind === 'clean') return undefined;
    logger.warn({ organizationId, fileId, signature }, 'the virus scanner refused an upload');
    return kind;
  } catch (error) {
    logger.error({ err: error, organizationId, fileId }, 'an upload could not be scanned');
    throw new PrecertError('service_unavailable', 'Files cannot be scanned now. Try again shortly.', {
      retryAfterSeconds: 10,
      cause: error,
    });
  } finally {
    content.destroy();
  }
}
