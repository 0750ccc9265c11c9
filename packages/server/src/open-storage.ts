import { join } from 'node:path';
import type { Config, Secrets } from './config/config.ts';
import { loadServerSecret } from './identity/server-secret.ts';
import type { Clock } from './platform/clock.ts';
import { asConnectionError } from './platform/database/connection-error.ts';
import type { Database } from './platform/database/database.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from './platform/database/embedded-database.ts';
import { embeddedDatabaseExists } from './platform/database/embedded-directory.ts';
import { MigrationError } from './platform/database/migration-error.ts';
import { openPostgresDatabase, type PostgresDatabase } from './platform/database/postgres-database.ts';
import type { KeyRing } from './platform/encryption/key-provider.ts';
import { type KeyRingSettings, openKeyRing } from './platform/encryption/key-ring.ts';
import { createVault, type Vault } from './platform/encryption/vault.ts';
import type { Logger } from './platform/observability/logger.ts';
import type { BlobStore } from './platform/storage/blob-store.ts';
import { openLocalBlobStore } from './platform/storage/local-blob-store.ts';

/** Where the bytes of files are kept. */
export function storageDirectory(config: Config): string {
  return join(config.dataDirectory, 'files');
}

/** Where the embedded database is kept. */
export function embeddedDirectory(config: Config): string {
  return join(config.dataDirectory, 'database');
}

/**
 * The database the settings name, which may have to be migrated.
 * @param whenNone of the embedded one: `refuse` for commands that are no start of the server, since a wrong data
 *   directory would get a database of its own. On a server it has to be there.
 * @throws DatabaseConnectionError, DirectoryInUseError, MigrationError
 */
export async function openDatabase(
  config: Config,
  secrets: Secrets,
  whenNone: 'create' | 'refuse',
): Promise<EmbeddedDatabase | PostgresDatabase> {
  const { databaseUrl: url } = secrets;
  if (url === undefined) {
    const directory = embeddedDirectory(config);
    if (whenNone === 'refuse' && !embeddedDatabaseExists(directory)) {
      throw new MigrationError(
        `There is no database in ${config.dataDirectory} yet. Run \`precert migrate\`, or start the server, first.`,
      );
    }
    return openEmbeddedDatabase({ directory });
  }
  try {
    return await openPostgresDatabase({ url, poolSize: config.databasePoolSize });
  } catch (error) {
    throw asConnectionError(url, error);
  }
}

/** @throws MasterKeyError */
export function openKeys(
  { kms, dataDirectory }: Config,
  { masterKeys }: Secrets,
  { clock, whenNone }: { readonly clock: Clock; readonly whenNone: KeyRingSettings['whenNone'] },
): Promise<KeyRing> {
  return openKeyRing({ kms, dataDirectory, masterKeys, whenNone }, clock);
}

/** What rows and files are kept with. */
export interface Storage {
  /** The server's secret. */
  readonly secret: Uint8Array;
  readonly ring: KeyRing;
  readonly vault: Vault;
  /** The bytes as they lie on the disk. */
  readonly blobs: BlobStore;
}

/** @throws MasterKeyError */
export async function openStorage(
  config: Config,
  secrets: Secrets,
  parts: { readonly database: Database; readonly clock: Clock; readonly logger: Logger },
): Promise<Storage> {
  const secret = await loadServerSecret(secrets.secret, config.dataDirectory);
  const blobs = await openLocalBlobStore(storageDirectory(config));
  const ring = await openKeys(config, secrets, { clock: parts.clock, whenNone: 'generate' });
  return { secret, blobs, ring, vault: createVault({ ...parts, ring }) };
}
