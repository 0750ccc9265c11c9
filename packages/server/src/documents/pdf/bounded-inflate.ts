import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { UnusableFileError } from '../unusable-file.ts';

/**
 * Inflates at most `limit` bytes. A stream cut short or with a wrong checksum gives what there is, as PDF viewers do.
 * Throws UnusableFileError: `too_large` past the limit, `damaged` when nothing can be read.
 */
export function inflateBounded(data: Uint8Array, limit: number): Uint8Array {
  const options = { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    return inflateSync(data, options);
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(error);
  }
  try {
    // The two bytes of zlib header skipped: no checksum is expected at the end.
    return inflateRawSync(data.subarray(2), options);
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(error);
    throw new UnusableFileError('damaged', 'Compressed data in the file is damaged.', { cause: error });
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(cause: unknown): UnusableFileError {
  return new UnusableFileError('too_large', 'The file decompresses to more than can be handled.', { cause });
}
