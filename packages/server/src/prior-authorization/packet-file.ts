import type { ReadyFile, StoredFile } from '../files/file.ts';
import { assertReady, fileNotFound } from '../files/get-file.ts';
import { packetContentTypes } from '../files/sniff-content-type.ts';
import { PrecertError } from '../platform/errors.ts';

/**
 * What may go into a case, attached or as an answer: both end up in the packet. A file that turned out unreadable
 * may; the case then carries a validation issue that names it.
 * @throws PrecertError `file_not_found`, `file_purpose_mismatch`, `file_not_ready`, `unsupported_attachment_mime_type`
 */
export function assertPacketFile(file: StoredFile | undefined): ReadyFile {
  if (file === undefined) throw fileNotFound();
  if (file.purpose !== 'authorization_attachment') {
    throw new PrecertError(
      'file_purpose_mismatch',
      'Only a file uploaded as `authorization_attachment` can be part of a case.',
      { details: { fileId: file.id, purpose: file.purpose } },
    );
  }
  const ready = assertReady(file);
  const mimeType = ready.contentType.split(';')[0]?.trim().toLowerCase();
  if (packetContentTypes.some((type) => type === mimeType)) return ready;
  throw new PrecertError(
    'unsupported_attachment_mime_type',
    'A packet holds PDF, JPEG, PNG and TIFF documents only.',
    { details: { fileId: file.id, supported: packetContentTypes } },
  );
}
