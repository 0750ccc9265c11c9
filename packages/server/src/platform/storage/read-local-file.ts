import { createSecretKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openWhole } from './chunked-cipher.ts';

export { DamagedBlobError } from './chunked-cipher.ts';

/** A stored file on the local disk. */
export interface LocalFile {
  readonly path: string;
  /** The bytes of the key that opens it, which cross into another process; undefined when the bytes lie there as they are. */
  readonly contentKey?: Uint8Array | undefined;
}

/** The file's own bytes, in memory. @throws DamagedBlobError */
export async function readLocalFile({ path, contentKey }: LocalFile): Promise<Buffer> {
  const bytes = await readFile(path);
  return contentKey === undefined ? bytes : openWhole(createSecretKey(contentKey), bytes);
}
