import { createHash } from 'node:crypto';
import { BlobTooLargeError } from './blob-store.ts';

export interface Measure {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Passes bytes on and measures them. `measure` is asked once all have passed.
 * @param maximumBytes one byte more rejects with `BlobTooLargeError`
 */
export function measuredBytes(
  source: AsyncIterable<Uint8Array>,
  maximumBytes = Number.POSITIVE_INFINITY,
): { readonly bytes: AsyncIterable<Uint8Array>; measure(): Measure } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* measured() {
    for await (const chunk of source) {
      sizeBytes += chunk.length;
      if (sizeBytes > maximumBytes) throw new BlobTooLargeError('Blob too large.');
      hash.update(chunk);
      yield chunk;
    }
  }
  return { bytes: measured(), measure: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
}
