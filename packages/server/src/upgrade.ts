import { join } from 'node:path';
import { sealFormerFiles } from './files/upgrade/seal-former-files.ts';
import type { Clock } from './platform/clock.ts';
import { createKeyedHash } from './platform/crypto/keyed-hash.ts';
import type { Database } from './platform/database/database.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { migrate } from './platform/database/migrator.ts';
import type { Vault } from './platform/encryption/vault.ts';
import type { BlobStore } from './platform/storage/blob-store.ts';
import { encryptedBlobStore } from './platform/storage/encrypted-blob-store.ts';
import { checkStorage } from './platform/storage/storage-identity.ts';
import { sealFormerCases } from './prior-authorization/upgrade/seal-former-cases.ts';

export const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

export interface UpgradeParts {
  readonly database: Database;
  readonly vault: Vault;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** The server's secret. */
  readonly secret: Uint8Array;
  readonly storageDirectory: string;
}

/**
 * Brings the database up to this version, and what it holds: before `drop-plaintext` every value that 0.1.0 wrote is
 * sealed. Interrupted, it goes on where it was at the next start.
 * @returns the migrations applied
 * @throws MigrationError, StorageMismatchError, PrecertError `service_unavailable`
 */
export function upgrade(parts: UpgradeParts): Promise<string[]> {
  return migrate(parts.database, {
    directory: migrationsDirectory,
    before: { 'drop-plaintext': () => asSystem(() => sealFormerData(parts)) },
  });
}

async function sealFormerData(parts: UpgradeParts): Promise<void> {
  const { database, blobs, secret, storageDirectory } = parts;
  // Files of another installation must not be taken for the missing ones of this.
  await checkStorage(database, storageDirectory);
  await sealFormerCases(parts, createKeyedHash(secret, 'idempotency'));
  await sealFormerFiles({ ...parts, database, encrypted: encryptedBlobStore(blobs) });
}
