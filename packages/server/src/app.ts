import type { AppOverrides } from './app-overrides.ts';
import type { AppointmentsContext } from './appointments/context.ts';
import { sealedTables as sealedTablesOfMirror } from './appointments/mirror-secrets.ts';
import { openAudit } from './assemble-audit.ts';
import { assembleClaims } from './assemble-claims.ts';
import { assemblePriorAuthorization } from './assemble-prior-authorization.ts';
import { assembleWebhooks } from './assemble-webhooks.ts';
import type { AuditTrail } from './audit/audit-trail.ts';
import { loadCatalog } from './catalog/load-catalog.ts';
import { shippedCatalogDirectory } from './catalog/shipped-catalog.ts';
import { openTemplateStore } from './catalog/template-store.ts';
import { sealedClaims } from './claims/claim-secrets.ts';
import type { ClaimsContext } from './claims/context.ts';
import type { Config, Secrets } from './config/config.ts';
import { housekeepingMs, identityProviderMs, scanMs } from './config/limits.ts';
import { createDocumentRenderer } from './documents/document-renderer.ts';
import type { DocumentRenderer } from './documents/types.ts';
import type { EmrConnectors } from './emr/connector.ts';
import { sealedFiles } from './files/file-queries.ts';
import type { FilesContext } from './files/files-context.ts';
import { createHttpApi, type HttpApi } from './http-api.ts';
import { createAuthenticator } from './identity/create-authenticator.ts';
import { createRequestLimits, type RequestLimits } from './identity/create-request-limits.ts';
import type { IdentityDependencies } from './identity/issue-credential.ts';
import { tieSecret } from './identity/secret-mark.ts';
import type { LinkedAccountsContext } from './linked-accounts/context.ts';
import { openDatabase, openStorage, type Storage, storageDirectory } from './open-storage.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { createKeyedHash } from './platform/crypto/keyed-hash.ts';
import { createCursorCodec } from './platform/cursor.ts';
import type { Database } from './platform/database/database.ts';
import { asSystem } from './platform/database/database-scope.ts';
import type { EmbeddedDatabase } from './platform/database/embedded-database.ts';
import { MigrationError } from './platform/database/migration-error.ts';
import { listPendingMigrations } from './platform/database/migrator.ts';
import type { PostgresDatabase } from './platform/database/postgres-database.ts';
import { keepDataKeysFresh, type RotationParts } from './platform/encryption/rotate-data-keys.ts';
import type { SealedTable } from './platform/encryption/sealed-table.ts';
import { verifyMasterKeys } from './platform/encryption/verify-master-keys.ts';
import { createIdGenerator, type IdGenerator } from './platform/ids.ts';
import { createJobQueue } from './platform/jobs/create-job-queue.ts';
import type { JobQueue } from './platform/jobs/job-queue.ts';
import { createLogger, type Logger, subsystemLogger } from './platform/observability/logger.ts';
import { deleteWindowsBefore } from './platform/rate-limits/quota-window-queries.ts';
import { encryptedBlobStore } from './platform/storage/encrypted-blob-store.ts';
import { tieStorage } from './platform/storage/storage-identity.ts';
import { createClamdScanner } from './platform/virus-scan/clamd-scanner.ts';
import { sealedTables as sealedTablesOfCases } from './prior-authorization/case-secrets.ts';
import type { PriorAuthorizationContext } from './prior-authorization/context.ts';
import { migrationsDirectory, upgrade } from './upgrade.ts';
import type { WebhooksContext } from './webhooks/context.ts';
import { sealedTables as sealedTablesOfWebhooks } from './webhooks/sealed-rows.ts';

/** Every table with sealed values, for those who seal them anew. */
const sealedTables: readonly SealedTable[] = [
  sealedFiles,
  ...sealedTablesOfCases,
  ...sealedTablesOfMirror,
  sealedClaims,
  ...sealedTablesOfWebhooks,
];

/** The whole server, built and migrated, listening to nothing yet. */
export interface App {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: EmbeddedDatabase | PostgresDatabase;
  readonly http: HttpApi;
  readonly jobs: JobQueue;
  readonly identity: IdentityDependencies;
  readonly priorAuthorization: PriorAuthorizationContext;
  readonly webhooks: WebhooksContext;
  readonly linkedAccounts: LinkedAccountsContext;
  readonly appointments: AppointmentsContext;
  readonly claims: ClaimsContext;
  readonly emr: EmrConnectors;
  /** For commands about keys. */
  readonly encryption: RotationParts;
  readonly audit: AuditTrail;
  /** Where clients reach the server; set once it listens. */
  setBaseUrl(baseUrl: string): void;
  /** Once everything is written that was left to be written beside the requests. */
  settled(): Promise<void>;
  /** Stops jobs and workers and closes the database; the HTTP server is closed before. */
  close(): Promise<void>;
}

/**
 * The composition root: everything that depends on something is put together here and nowhere else.
 * @throws CatalogError, MigrationError, DirectoryInUseError, DatabaseConnectionError, StorageMismatchError, SecretMismatchError
 */
export async function buildApp(config: Config, secrets: Secrets, overrides: AppOverrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const logger = overrides.logger ?? createLogger({ level: config.logLevel });
  const catalog = await loadCatalog([shippedCatalogDirectory, ...config.catalogDirectories]);
  const whenNone = overrides.migrations === 'refuse' ? 'refuse' : 'create';
  const database = overrides.database ?? (await openDatabase(config, secrets, whenNone));
  try {
    // Before anything is made that does not belong to a database of another version.
    if (overrides.migrations === 'refuse') await refusePending(database);
    const opened = await openStorage(config, secrets, { database, clock, logger });
    const directory = storageDirectory(config);
    if (overrides.migrations !== 'refuse')
      await upgrade({ ...opened, database, clock, storageDirectory: directory });
    await asSystem(() => tieStorage(database, directory));
    await asSystem(() => tieSecret(database, opened.secret));
    await asSystem(() => verifyMasterKeys(database, opened.ring, logger));
    const documents = overrides.documents ?? createDocumentRenderer({ workers: config.documentWorkers });
    const templates = await asSystem(() => openTemplateStore(database, catalog, clock));
    const storage = { ...opened, vault: overrides.vault?.(opened.vault) ?? opened.vault };
    // Last: nothing that may still fail comes between its journal and whoever closes it.
    const audit = await openAudit(config, storage.secret, { database, clock, logger }, overrides.audit);
    const { workosApiKey } = secrets;
    const given = { config, clock, logger, database, overrides, workosApiKey };
    return assemble({ ...given, storage, documents, templates, audit });
  } catch (error) {
    if (overrides.database === undefined) await database.close();
    throw error;
  }
}

/** @throws MigrationError when the database is not of this version */
export async function refusePending(database: Database): Promise<void> {
  const pending = await listPendingMigrations(database, migrationsDirectory);
  if (pending.length === 0) return;
  throw new MigrationError(
    `The database lacks ${pending.join(', ')}. Run \`precert migrate\`, or start the server, first.`,
  );
}

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly database: EmbeddedDatabase | PostgresDatabase;
  readonly storage: Storage;
  readonly workosApiKey: string | undefined;
  readonly documents: DocumentRenderer;
  readonly templates: PriorAuthorizationContext['templates'];
  readonly audit: AuditTrail;
  readonly overrides: AppOverrides;
}

function assemble(parts: Parts): App {
  const { config, clock, logger, database, storage, documents, templates, audit, overrides } = parts;
  const { secret, ring, vault } = storage;
  let baseUrl = config.baseUrl ?? `http://${config.host}:${config.port}`;
  const ids = createIdGenerator(clock);
  const jobs = createJobQueue({ database, logger, clock });
  const { environment } = config;
  const identity = { clock, ids, hash: createKeyedHash(secret, 'credential'), environment };
  const files = filesContextOf(parts, ids, () => baseUrl);
  const { webhooks, stop: stopWebhooks } = assembleWebhooks(parts, { ids, jobs });
  const { wakeDeliveries } = webhooks;
  const priorAuthorization = assemblePriorAuthorization(parts, { ids, jobs, files, wakeDeliveries });
  const encryption: RotationParts = { database, clock, ring, logger, vault, sealedTables };
  jobs.addSweeper('data-keys', housekeepingMs, () => keepDataKeysFresh(encryption));
  jobs.addSweeper('rate-limit-windows', housekeepingMs, async () => {
    await deleteWindowsBefore(database, clock.now());
  });
  const claimsRooms = assembleClaims(parts, { jobs, identity, publishing: { ids, wakeDeliveries } });
  const { linkedAccounts, appointments, claims, emr } = claimsRooms;
  const authenticator = assembleAuthenticator(parts, identity);
  const cursors = createCursorCodec(createKeyedHash(secret, 'cursor'));
  const http = createHttpApi({
    config,
    logger,
    authenticator,
    requestLimits: requestLimitsOf(parts),
    identity,
    audit,
    cursors,
    files,
    templates,
    priorAuthorization,
    webhooks,
    linkedAccounts,
    claims,
    claimsAuthenticator: claimsRooms.authenticator,
    ring,
    overrides,
  });
  return {
    config,
    logger,
    database,
    http,
    jobs,
    identity,
    priorAuthorization,
    webhooks,
    linkedAccounts,
    appointments,
    claims,
    emr,
    encryption,
    audit,
    setBaseUrl(url) {
      if (config.baseUrl === undefined) baseUrl = url;
    },
    settled: authenticator.settled,
    async close() {
      stopWebhooks();
      try {
        await claimsRooms.stop();
        await jobs.stop();
        await authenticator.settled();
        await documents.close();
        await vault.close();
      } finally {
        await audit.close();
        if (overrides.database === undefined) await database.close();
      }
    },
  };
}

function filesContextOf(parts: Parts, ids: IdGenerator, baseUrl: () => string): FilesContext {
  const { config, clock, logger, database, storage, documents, overrides } = parts;
  return {
    database,
    vault: storage.vault,
    blobs: encryptedBlobStore(storage.blobs),
    clock,
    ids,
    inspector: documents,
    scanner:
      config.clamd === undefined ? undefined : createClamdScanner(config.clamd, overrides.scanMs ?? scanMs),
    logger: subsystemLogger(logger, 'files'),
    uploadQuota: {
      files: config.limits.uploadFiles ?? Number.MAX_SAFE_INTEGER,
      bytes: config.limits.uploadBytes ?? Number.MAX_SAFE_INTEGER,
    },
    downloadHash: createKeyedHash(storage.secret, 'download'),
    baseUrl,
  };
}

function requestLimitsOf({ config, clock, logger, database, storage, overrides }: Parts): RequestLimits {
  const limits = createRequestLimits({
    database,
    hash: createKeyedHash(storage.secret, 'rate_limit'),
    clock,
    logger: subsystemLogger(logger, 'rate-limits'),
    limits: config.limits,
    random: overrides.random ?? Math.random,
  });
  return { ...limits, loginGuard: overrides.loginGuard ?? limits.loginGuard };
}

function assembleAuthenticator(
  { config, database, logger, storage, workosApiKey, overrides }: Parts,
  identity: IdentityDependencies,
) {
  return createAuthenticator({
    ...identity,
    database,
    logger,
    externalKeyHash: createKeyedHash(storage.secret, 'external_key'),
    config: config.identity,
    workosApiKey,
    providerTimeoutMs: overrides.identityProviderMs ?? identityProviderMs,
  });
}
