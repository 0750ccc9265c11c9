import { Readable } from 'node:stream';
import type { BlobStore } from './blob-store.ts';
import { type ContentKey, newContentKey, openChunks, sealChunks } from './chunked-cipher.ts';
import { type Measure, measuredBytes } from './measured-bytes.ts';
import type { LocalFile } from './read-local-file.ts';

/** Of the bytes as they were given, not as they lie on the disk. */
export interface StoredBlob extends Measure {
  /** Opens this blob and no other. Whoever loses it has lost the blob. */
  readonly contentKey: ContentKey;
}

/** Blobs of which nothing can be read from the disk. Each has a key of its own, which its row keeps sealed. */
export interface EncryptedBlobStore extends Pick<BlobStore, 'remove' | 'list'> {
  /** @param options.maximumBytes one byte more rejects with `BlobTooLargeError` and leaves nothing behind */
  write(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options?: { readonly maximumBytes?: number },
  ): Promise<StoredBlob>;
  /**
   * The bytes, each chunk verified before it comes.
   * @throws BlobNotFoundError; the stream fails with DamagedBlobError
   */
  read(key: string, contentKey: ContentKey): Promise<Readable>;
  /** Gives `work` a local file that stays until it settles. Its bytes are sealed: they are opened in memory only. */
  withLocalCopy<Result>(
    key: string,
    contentKey: ContentKey,
    work: (file: LocalFile) => Promise<Result>,
  ): Promise<Result>;
}

export function encryptedBlobStore(blobs: BlobStore): EncryptedBlobStore {
  return {
    async write(key, source, { maximumBytes } = {}) {
      const contentKey = newContentKey();
      const { bytes, measure } = measuredBytes(source, maximumBytes);
      await blobs.write(key, sealChunks(contentKey, bytes));
      return { ...measure(), contentKey };
    },
    async read(key, contentKey) {
      const sealed = await blobs.read(key);
      return Readable.from(openChunks(contentKey, sealed), { objectMode: false });
    },
    withLocalCopy: (key, contentKey, work) =>
      blobs.withLocalCopy(key, (path) => work({ path, contentKey: contentKey.export() })),
    remove: (key) => blobs.remove(key),
    list: (prefix) => blobs.list(prefix),
  };
}
