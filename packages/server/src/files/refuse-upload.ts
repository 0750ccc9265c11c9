import { PrecertError } from '../platform/errors.ts';
import type { FileRefusal, StoredFile } from './file.ts';
import { markRefused } from './file-queries.ts';
import type { FilesContext } from './files-context.ts';

/**
 * Ends an upload whose bytes may not be used, and removes them.
 * @returns false when the bytes were replaced in the meantime: then the others are to be judged
 */
export async function refuseUpload(
  context: FilesContext,
  file: StoredFile & { readonly storageKey: string },
  refusal: FileRefusal,
): Promise<boolean> {
  if (!(await markRefused(context.database, file, refusal))) return false;
  await context.blobs.remove(file.storageKey).catch((error: unknown) => {
    // The collector removes them with their row.
    context.logger.warn(
      { err: error, fileId: file.id },
      'the bytes of a refused upload could not be removed',
    );
  });
  return true;
}

/** The same for whoever asks again. */
export function refusalError(refusal: FileRefusal): PrecertError {
  switch (refusal) {
    case 'infected':
      return new PrecertError('file_infected', 'The virus scanner found something in the file.');
    case 'not_scanned_whole':
      return new PrecertError(
        'file_infected',
        'The virus scanner could not look through all of the file; send it in a simpler form.',
      );
    case 'active_content':
      return new PrecertError(
        'file_active_content',
        'The PDF carries scripts, embedded files or actions that start something. Print it to a new PDF and send that.',
      );
  }
}
