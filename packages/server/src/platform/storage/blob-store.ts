import type { Readable } from 'node:stream';

export interface StoredBlob {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface WriteOptions {
  /** One byte more rejects with `BlobTooLargeError` and leaves nothing behind. */
  readonly maximumBytes?: number;
}

/** Bytes under a random key. A blob is visible only when it is whole and on disk. */
export interface BlobStore {
  write(key: string, source: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<StoredBlob>;
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
