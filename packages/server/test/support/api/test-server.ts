/** The real server on a real socket and a real database, with a clock that the test moves. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type App, buildApp } from '../../../src/app.ts';
import type { AppOverrides } from '../../../src/app-overrides.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createDocumentRenderer } from '../../../src/documents/document-renderer.ts';
import type { DocumentRenderer } from '../../../src/documents/types.ts';
import { createOrganization, issueCredential } from '../../../src/identity/issue-credential.ts';
import { asSystem } from '../../../src/platform/database/database-scope.ts';
import { createLogger } from '../../../src/platform/observability/logger.ts';
import { ownersView } from '../databases/test-database.ts';
import { useServerDatabase } from '../databases/use-test-database.ts';
import { absentReceivers } from '../webhooks/absent-receivers.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

export interface TestServer {
  readonly app: App;
  /** To look into, as the owner of the tables; the server's own handle is `app.database`. */
  readonly database: App['database'];
  readonly clock: TestClock;
  readonly baseUrl: string;
  readonly dataDirectory: string;
  /** Everything the server logged so far, one JSON object a line. */
  logged(): string;
  /** A new organization with a credential of its own. */
  newOrganization(): Promise<ApiClient>;
  /** One more process on the same database, directory and clock: it serves, and leaves jobs to the first. */
  startAnother(): Promise<{ readonly baseUrl: string; close(): Promise<void> }>;
}

type Settings = Readonly<Record<string, string>>;

export interface TestServerOptions {
  /** A function where they are known only once another hook has run. */
  readonly settings?: Settings | (() => Settings);
  readonly overrides?: Omit<AppOverrides, 'clock' | 'database' | 'logger'>;
  /** Handle jobs as a running server does. Default true; with false a test calls `app.jobs.drain()`. */
  readonly workers?: boolean;
}

/** Starts the server before the file's tests and stops it after them; ask the returned function inside tests. */
export function useTestServer(options: TestServerOptions = {}): () => TestServer {
  const database = useServerDatabase();
  let running: (TestServer & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    running = await start(options, database());
  });
  afterAll(() => running?.close());
  return () => {
    if (running === undefined) throw new Error('The server is up inside tests only.');
    return running;
  };
}

async function start(options: TestServerOptions, database: NonNullable<AppOverrides['database']>) {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'precert-test-'));
  const clock = createTestClock();
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  const { config, secrets } = readTestConfig(dataDirectory, options.settings);
  const overrides: AppOverrides = {
    checkResponses: true,
    documents: sharedRenderer(),
    // No test calls the world outside: receivers are real and local, or nobody.
    ...(config.allowPrivateWebhooks ? {} : { outbound: absentReceivers }),
    ...options.overrides,
    clock,
    database,
    logger,
  };
  const app = await buildApp(config, secrets, overrides);
  await app.jobs.start({ workers: options.workers ?? true });
  if (options.workers ?? true) app.audit.start();
  const first = await listen(app);
  const { baseUrl } = first;
  return {
    app,
    database: ownersView(database),
    clock,
    baseUrl,
    dataDirectory,
    logged: () => lines.join(''),
    newOrganization: () => newOrganization(app, baseUrl),
    startAnother: async () => listen(await buildApp(config, secrets, overrides)),
    async close() {
      await first.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function listen(app: App): Promise<{ readonly baseUrl: string; close(): Promise<void> }> {
  await app.http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.http.server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  app.setBaseUrl(baseUrl);
  return {
    baseUrl,
    async close() {
      await app.http.close();
      await app.close();
    },
  };
}

/** A master key for tests; any 32 bytes would do. */
export const testMasterKey = `test:${Buffer.alloc(32, 7).toString('base64')}`;

export function readTestConfig(
  dataDirectory: string,
  settings: TestServerOptions['settings'] = {},
): ReturnType<typeof readConfig> {
  return readConfig({
    PORT: '0',
    PRECERT_DATA_DIR: dataDirectory,
    DATABASE_URL: 'postgres://the-test-brings-its-own',
    PRECERT_SECRET: 'a secret for tests, 32 characters or more',
    PRECERT_MASTER_KEY: testMasterKey,
    // The clock stands still, so no window would ever end.
    PRECERT_RATE_LIMIT_CREDENTIAL: '0',
    PRECERT_RATE_LIMIT_ORGANIZATION: '0',
    PRECERT_FAILED_LOGINS: '0',
    ...(typeof settings === 'function' ? settings() : settings),
  });
}

async function newOrganization(app: App, baseUrl: string): Promise<ApiClient> {
  const { organizationId, bearerToken } = await asSystem(async () => {
    const id = await createOrganization(app.database, app.identity, 'Test clinic');
    const credential = await issueCredential(app.database, app.identity, {
      organizationId: id,
      name: 'test',
      scope: 'admin',
    });
    return { organizationId: id, ...credential };
  });
  return createApiClient(baseUrl, { organizationId, bearerToken });
}

const rendererKey = Symbol.for('precert.test.document-renderer');

/** One pool for all files of a worker: starting its processes costs more than most tests. Closing is the process's end. */
function sharedRenderer(): DocumentRenderer {
  // This module alone writes the key, and only ever a renderer.
  const shared = Reflect.get(globalThis, rendererKey) as DocumentRenderer | undefined;
  const renderer = shared ?? createDocumentRenderer({ workers: 1 });
  Reflect.set(globalThis, rendererKey, renderer);
  return { ...renderer, close: async () => undefined };
}
