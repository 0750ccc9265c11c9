import { ParseSpeeds, PDFDocument } from '@cantoo/pdf-lib';
import { UnusableFileError } from '../unusable-file.ts';
import { guardObjectStreams } from './object-stream-guard.ts';

/**
 * Opens a PDF somebody uploaded. A file encrypted with an empty user password opens as in any viewer.
 * Throws UnusableFileError: `encrypted` when a password is needed, `damaged`, `too_large`.
 */
export async function loadUploadedPdf(bytes: Uint8Array): Promise<PDFDocument> {
  if (!hasPdfHeader(bytes)) throw new UnusableFileError('damaged', 'The file is not a PDF.');
  guardObjectStreams(bytes);
  try {
    return await PDFDocument.load(bytes, {
      parseSpeed: ParseSpeeds.Fastest,
      updateMetadata: false,
      password: '',
    });
  } catch (error) {
    if (error instanceof Error && /password|encrypt/i.test(`${error.name} ${error.message}`)) {
      throw new UnusableFileError('encrypted', 'The file is protected by a password.', { cause: error });
    }
    throw new UnusableFileError('damaged', 'The file is not a readable PDF.', { cause: error });
  }
}

/** Readers accept leading bytes before the header within the first kilobyte (PDF 1.7, appendix H.3.4.1). */
function hasPdfHeader(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).includes('%PDF-');
}
