import type { Readable } from 'node:stream';

/** Bytes under a random key, as they are given. A blob is visible only when it is whole and on disk. */
export interface BlobStore {
  write(key: string, source: AsyncIterable<Uint8Array>): Promise<void>;
  /** @throws BlobNotFoundError */
  read(key: string): Promise<Readable>;
  /** Gives `work` a local path that stays readable until it settles; the caller never writes to it. */
  withLocalCopy<Result>(key: string, work: (path: string) => Promise<Result>): Promise<Result>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** Keys that begin with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
}

export class BlobTooLargeError extends Error {
  override readonly name = 'BlobTooLargeError';
}

export class BlobNotFoundError extends Error {
  override readonly name = 'BlobNotFoundError';
}
