import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AppointmentsContext } from './appointments/context.ts';
import { assembleClaims } from './assemble-claims.ts';
import { loadCatalog } from './catalog/load-catalog.ts';
import { shippedCatalogDirectory } from './catalog/shipped-catalog.ts';
import { openTemplateStore } from './catalog/template-store.ts';
import type { ClaimsContext } from './claims/context.ts';
import type { Config, Secrets } from './config/config.ts';
import { identityProviderMs, submissionLeaseSeconds, webhookLeaseSeconds } from './config/limits.ts';
import { createDocumentRenderer } from './documents/document-renderer.ts';
import type { DocumentRenderer } from './documents/types.ts';
import type { EmrConnectorFactory, EmrConnectors } from './emr/connector.ts';
import { createEmrConnectors } from './emr/emr-connectors.ts';
import { fhirConnectorFactory } from './emr/fhir/fhir-connector-factory.ts';
import { readSandboxEmrUrl } from './emr/simulator/sandbox-emr.ts';
import { simulatorConnectorFactory } from './emr/simulator/simulator-connector.ts';
import type { FilesContext } from './files/files-context.ts';
import { createHttpApi, type HttpApi } from './http-api.ts';
import { createAuthenticator } from './identity/create-authenticator.ts';
import type { IdentityDependencies } from './identity/issue-credential.ts';
import type { LoginGuard } from './identity/login-guard.ts';
import { loadServerSecret } from './identity/server-secret.ts';
import type { LinkedAccountsContext } from './linked-accounts/context.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { createKeyedHash } from './platform/crypto/keyed-hash.ts';
import { createSecretBox } from './platform/crypto/secret-box.ts';
import { createCursorCodec } from './platform/cursor.ts';
import { asConnectionError } from './platform/database/connection-error.ts';
import type { Database } from './platform/database/database.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from './platform/database/embedded-database.ts';
import { MigrationError } from './platform/database/migration-error.ts';
import { listPendingMigrations, migrate } from './platform/database/migrator.ts';
import { openPostgresDatabase, type PostgresDatabase } from './platform/database/postgres-database.ts';
import type { HttpLimits } from './platform/http/limits.ts';
import { createIdGenerator, type IdGenerator } from './platform/ids.ts';
import { createJobQueue } from './platform/jobs/create-job-queue.ts';
import type { JobQueue } from './platform/jobs/job-queue.ts';
import { createLogger, type Logger, subsystemLogger } from './platform/observability/logger.ts';
import { createOutbound, type Outbound } from './platform/outbound/outbound.ts';
import type { BlobStore } from './platform/storage/blob-store.ts';
import { openLocalBlobStore } from './platform/storage/local-blob-store.ts';
import { tieStorage } from './platform/storage/storage-identity.ts';
import type { PriorAuthorizationContext } from './prior-authorization/context.ts';
import { defineJobs, deliverSubmissionQueue } from './prior-authorization/define-jobs.ts';
import { createSubmissionSignal } from './prior-authorization/submission-signal.ts';
import { type Channel, channelRegistry } from './submission/channel.ts';
import { createSimulatorChannel } from './submission/simulator/simulator-channel.ts';
import type { WebhooksContext } from './webhooks/context.ts';
import { defineWebhookJobs, wakeEndpoints } from './webhooks/define-jobs.ts';
import type { RunningDrains } from './webhooks/drain-endpoint.ts';
import { createRetryTimers, type RetryTimers } from './webhooks/retry-timers.ts';

export const migrationsDirectory = join(import.meta.dirname, '..', 'migrations');

/** What a test, or a command of the command line, may put in place of the real thing. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly database?: EmbeddedDatabase | PostgresDatabase;
  readonly documents?: DocumentRenderer;
  readonly channels?: (parts: { readonly blobs: BlobStore; readonly clock: Clock }) => readonly Channel[];
  readonly emrConnectors?: (parts: {
    readonly clock: Clock;
    readonly ids: IdGenerator;
  }) => readonly EmrConnectorFactory[];
  readonly httpLimits?: Partial<HttpLimits>;
  readonly leaseSeconds?: number;
  readonly identityProviderMs?: number;
  readonly loginGuard?: LoginGuard;
  /** The way to webhook receivers. */
  readonly outbound?: Outbound;
  /** From 0 up to 1; spreads retries. */
  readonly random?: () => number;
  /** `refuse` leaves a database of another version alone; for commands that are no start of the server. */
  readonly migrations?: 'apply' | 'refuse';
  /** Tests set it: a response that does not follow its schema is a 500. */
  readonly checkResponses?: boolean;
}

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
  /** Where clients reach the server; set once it listens. */
  setBaseUrl(baseUrl: string): void;
  /** Once everything is written that was left to be written beside the requests. */
  settled(): Promise<void>;
  /** Stops jobs and workers and closes the database; the HTTP server is closed before. */
  close(): Promise<void>;
}

/**
 * The composition root: everything that depends on something is put together here and nowhere else.
 * @throws CatalogError, MigrationError, DirectoryInUseError, DatabaseConnectionError, StorageMismatchError
 */
export async function buildApp(config: Config, secrets: Secrets, overrides: AppOverrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const logger = overrides.logger ?? createLogger({ level: config.logLevel });
  const catalog = await loadCatalog([shippedCatalogDirectory, ...config.catalogDirectories]);
  const database = overrides.database ?? (await openDatabase(config, secrets));
  try {
    await (overrides.migrations === 'refuse' ? refusePending(database) : applyPending(database));
    const secret = await loadServerSecret(secrets.secret, config.dataDirectory);
    const blobs = await openLocalBlobStore(storageDirectory(config));
    await asSystem(() => tieStorage(database, storageDirectory(config)));
    const documents = overrides.documents ?? createDocumentRenderer({ threads: config.documentWorkers });
    const templates = await asSystem(() => openTemplateStore(database, catalog, clock));
    const { workosApiKey } = secrets;
    const given = { config, clock, logger, database, overrides, workosApiKey };
    return assemble({ ...given, secret, blobs, documents, templates });
  } catch (error) {
    if (overrides.database === undefined) await database.close();
    throw error;
  }
}

async function applyPending(database: Database): Promise<void> {
  await migrate(database, { directory: migrationsDirectory });
}

async function refusePending(database: Database): Promise<void> {
  const pending = await listPendingMigrations(database, migrationsDirectory);
  if (pending.length === 0) return;
  throw new MigrationError(
    `The database lacks ${pending.join(', ')}. Run \`precert migrate\`, or start the server, first.`,
  );
}

/** Where the bytes of files are kept. */
export function storageDirectory(config: Config): string {
  return join(config.dataDirectory, 'files');
}

/** Where the embedded database is kept. */
export function embeddedDirectory(config: Config): string {
  return join(config.dataDirectory, 'database');
}

/**
 * The database the settings name, not yet migrated.
 * @throws DatabaseConnectionError, DirectoryInUseError
 */
export async function openDatabase(
  config: Config,
  secrets: Secrets,
): Promise<EmbeddedDatabase | PostgresDatabase> {
  const { databaseUrl: url } = secrets;
  if (url === undefined) return openEmbeddedDatabase({ directory: embeddedDirectory(config) });
  try {
    return await openPostgresDatabase({ url, poolSize: config.databasePoolSize });
  } catch (error) {
    throw asConnectionError(url, error);
  }
}

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly database: EmbeddedDatabase | PostgresDatabase;
  readonly secret: Uint8Array;
  readonly workosApiKey: string | undefined;
  readonly blobs: BlobStore;
  readonly documents: DocumentRenderer;
  readonly templates: PriorAuthorizationContext['templates'];
  readonly overrides: AppOverrides;
}

function assemble(parts: Parts): App {
  const { config, clock, logger, database, secret, documents, templates, overrides } = parts;
  let baseUrl = config.baseUrl ?? `http://${config.host}:${config.port}`;
  const ids = createIdGenerator(clock);
  const jobs = createJobQueue({ database, logger, clock });
  const { environment } = config;
  const identity = { clock, ids, hash: createKeyedHash(secret, 'credential'), environment };
  const files = filesContext(parts, ids, () => baseUrl);
  const drains: RunningDrains = new Map();
  const wakeDeliveries = wakeEndpoints(jobs, drains);
  const retryTimers = createRetryTimers(wakeDeliveries);
  const webhooks = webhooksContext(parts, { ids, drains, wakeDeliveries, retryTimers });
  const priorAuthorization = priorAuthorizationContext(parts, { ids, jobs, files, wakeDeliveries });
  defineJobs(jobs, priorAuthorization);
  defineWebhookJobs(jobs, webhooks);
  const makeEmrConnectors = overrides.emrConnectors ?? defaultEmrConnectors(config);
  const emr = createEmrConnectors({ database }, makeEmrConnectors({ clock, ids }));
  const claimsRooms = assembleClaims({
    database,
    logger,
    jobs,
    identity,
    publishing: { ids, wakeDeliveries },
    connectors: emr,
    random: overrides.random ?? Math.random,
    syncEveryMs: config.syncSeconds * 1_000,
    leaseSeconds: overrides.leaseSeconds,
  });
  const { linkedAccounts, appointments, claims } = claimsRooms;
  const authenticator = bearerAuthenticator(parts, identity);
  const cursors = createCursorCodec(createKeyedHash(secret, 'cursor'));
  const http = createHttpApi({
    config,
    logger,
    authenticator,
    ...(overrides.loginGuard === undefined ? {} : { loginGuard: overrides.loginGuard }),
    identity,
    cursors,
    files,
    templates,
    priorAuthorization,
    webhooks,
    linkedAccounts,
    claims,
    claimsAuthenticator: claimsRooms.authenticator,
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
    setBaseUrl(url) {
      if (config.baseUrl === undefined) baseUrl = url;
    },
    settled: authenticator.settled,
    async close() {
      retryTimers.stop();
      try {
        await claimsRooms.stop();
        await jobs.stop();
        await authenticator.settled();
        await documents.close();
      } finally {
        if (overrides.database === undefined) await database.close();
      }
    },
  };
}

function filesContext(
  { clock, database, secret, blobs, documents }: Parts,
  ids: IdGenerator,
  baseUrl: () => string,
): FilesContext {
  const downloadHash = createKeyedHash(secret, 'download');
  return { database, blobs, clock, ids, inspector: documents, downloadHash, baseUrl };
}

function bearerAuthenticator(
  { config, logger, database, secret, workosApiKey, overrides }: Parts,
  identity: IdentityDependencies,
) {
  return createAuthenticator({
    ...identity,
    database,
    logger,
    externalKeyHash: createKeyedHash(secret, 'external_key'),
    config: config.identity,
    workosApiKey,
    providerTimeoutMs: overrides.identityProviderMs ?? identityProviderMs,
  });
}

function priorAuthorizationContext(
  { config, clock, logger, database, secret, blobs, documents, templates, overrides }: Parts,
  shared: Pick<PriorAuthorizationContext, 'ids' | 'files' | 'wakeDeliveries'> & { readonly jobs: JobQueue },
): PriorAuthorizationContext {
  const { jobs, ...others } = shared;
  const makeChannels = overrides.channels ?? defaultChannels(config);
  return {
    ...others,
    database,
    clock,
    templates,
    documents,
    channels: channelRegistry(makeChannels({ blobs, clock })),
    idempotencyHash: createKeyedHash(secret, 'idempotency'),
    logger,
    wakeSubmission: (attempt) => jobs.enqueue(deliverSubmissionQueue, { ...attempt }),
    submissions: createSubmissionSignal(),
    submitWaitMs: config.submitWaitMs,
    leaseSeconds: overrides.leaseSeconds ?? submissionLeaseSeconds,
    sandbox: config.environment === 'sandbox',
  };
}

function webhooksContext(
  { config, clock, logger, database, secret, overrides }: Parts,
  {
    retryTimers,
    ...shared
  }: Pick<WebhooksContext, 'ids' | 'drains' | 'wakeDeliveries'> & { readonly retryTimers: RetryTimers },
): WebhooksContext {
  return {
    database,
    clock,
    ...shared,
    logger: subsystemLogger(logger, 'webhooks'),
    secretBox: createSecretBox(secret, 'webhook-secret'),
    outbound: overrides.outbound ?? createOutbound({ allowPrivate: config.allowPrivateWebhooks }),
    random: overrides.random ?? Math.random,
    randomBytes,
    wakeLater: (delayMs, organizationId, endpointId) =>
      retryTimers.wakeLater(delayMs, organizationId, endpointId),
    leaseSeconds: overrides.leaseSeconds ?? webhookLeaseSeconds,
  };
}

/** Production has no simulated payers: until a real channel is set up, a submit fails with `channel_not_configured`. */
function defaultChannels(config: Config): NonNullable<AppOverrides['channels']> {
  if (config.environment === 'production') return () => [];
  return (parts) =>
    (['fax', 'portal', 'phone'] as const).map((kind) => createSimulatorChannel({ ...parts, kind }));
}

/** Production has no simulated EMR. */
function defaultEmrConnectors(config: Config): NonNullable<AppOverrides['emrConnectors']> {
  const { dataDirectory, emrKeysDirectory: keysDirectory } = config;
  const urlPolicy = { allowInsecure: config.allowInsecureEmr };
  const sandboxUrl = () => readSandboxEmrUrl(dataDirectory);
  return ({ clock, ids }) => [
    fhirConnectorFactory({ clock, nextId: () => ids.nextHex(), keysDirectory, urlPolicy }),
    ...(config.environment === 'production'
      ? []
      : [simulatorConnectorFactory({ clock, sandboxUrl, urlPolicy })]),
  ];
}
