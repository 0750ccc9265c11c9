import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import type { Vault } from '../platform/encryption/vault.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { Logger } from '../platform/observability/logger.ts';
import type { EncryptedBlobStore } from '../platform/storage/encrypted-blob-store.ts';
import type { LocalFile } from '../platform/storage/read-local-file.ts';
import type { FileProblem } from './file.ts';
import type { UploadAmount } from './upload-usage-queries.ts';

/** What an upload turned out to be. The documents room answers; this room does not know it. */
export interface FileInspector {
  inspect(file: LocalFile & { readonly mimeType: string }): Promise<{
    readonly kind: 'readable' | FileProblem;
    readonly pageCount?: number;
    /** What a PDF carries beside its pages: scripts, embedded files, actions that start something. */
    readonly activeContent?: readonly string[];
  }>;
}

/** Looks for viruses in the bytes of an upload as they are read. */
export interface FileScanner {
  /** @throws Error when there is no verdict */
  scan(content: AsyncIterable<Uint8Array>): Promise<{
    readonly kind: 'clean' | 'infected' | 'not_scanned_whole';
    /** The scanner's name for what it found. */
    readonly signature?: string;
  }>;
}

export interface FilesContext {
  readonly database: Database;
  readonly vault: Vault;
  readonly blobs: EncryptedBlobStore;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly inspector: FileInspector;
  /** Undefined: uploads are not scanned. */
  readonly scanner: FileScanner | undefined;
  readonly logger: Logger;
  /** What an organization may have stored. */
  readonly uploadQuota: UploadAmount;
  readonly downloadHash: KeyedHash;
  /** Without a slash at the end; known once the server listens. */
  readonly baseUrl: () => string;
}
