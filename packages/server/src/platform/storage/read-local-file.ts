import { readFile } from 'node:fs/promises';
import { type ContentKey, openWhole } from './chunked-cipher.ts';

export { DamagedBlobError } from './chunked-cipher.ts';

/** A stored file on the local disk. */
export interface LocalFile {
  readonly path: string;
  /** Opens it; undefined when the bytes lie there as they are. */
  readonly contentKey?: ContentKey | undefined;
}

/** The file's own bytes, in memory. @throws DamagedBlobError */
export async function readLocalFile({ path, contentKey }: LocalFile): Promise<Buffer> {
  const bytes = await readFile(path);
  return contentKey === undefined ? bytes : openWhole(contentKey, bytes);
}
