import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import type { Vault } from '../platform/encryption/vault.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { EncryptedBlobStore } from '../platform/storage/encrypted-blob-store.ts';
import type { LocalFile } from '../platform/storage/read-local-file.ts';
import type { FileProblem } from './file.ts';

/** What an upload turned out to be. The documents room answers; this room does not know it. */
export interface FileInspector {
  inspect(file: LocalFile & { readonly mimeType: string }): Promise<{
    readonly kind: 'readable' | FileProblem;
    readonly pageCount?: number;
  }>;
}

export interface FilesContext {
  readonly database: Database;
  readonly vault: Vault;
  readonly blobs: EncryptedBlobStore;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly inspector: FileInspector;
  readonly downloadHash: KeyedHash;
  /** Without a slash at the end; known once the server listens. */
  readonly baseUrl: () => string;
}
