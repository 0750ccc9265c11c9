/** The real server on a real socket and a real database, with a clock that the test moves. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type App, type AppOverrides, buildApp } from '../../../src/app.ts';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { createDocumentRenderer } from '../../../src/documents/document-renderer.ts';
import type { DocumentRenderer } from '../../../src/documents/types.ts';
import { createOrganization, issueCredential } from '../../../src/identity/issue-credential.ts';
import { createLogger } from '../../../src/platform/observability/logger.ts';
import { useTestDatabase } from '../databases/use-test-database.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

export interface TestServer {
  readonly app: App;
  readonly clock: TestClock;
  readonly baseUrl: string;
  readonly dataDirectory: string;
  /** Everything the server logged so far, one JSON object a line. */
  logged(): string;
  /** A new organization with a credential of its own. */
  newOrganization(): Promise<ApiClient>;
}

export interface TestServerOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly overrides?: Omit<AppOverrides, 'clock' | 'database' | 'logger'>;
  /** Handle jobs as a running server does. Default true; with false a test calls `app.jobs.drain()`. */
  readonly workers?: boolean;
}

/** Starts the server before the file's tests and stops it after them; ask the returned function inside tests. */
export function useTestServer(options: TestServerOptions = {}): () => TestServer {
  const database = useTestDatabase();
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
  const app = await buildApp(testConfig(dataDirectory, options.settings), testSecrets, {
    checkResponses: true,
    documents: sharedRenderer(),
    ...options.overrides,
    clock,
    database,
    logger,
  });
  await app.jobs.start({ workers: options.workers ?? true });
  await app.http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.http.server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  app.setBaseUrl(baseUrl);
  return {
    app,
    clock,
    baseUrl,
    dataDirectory,
    logged: () => lines.join(''),
    newOrganization: () => newOrganization(app, baseUrl),
    async close() {
      await app.http.close();
      await app.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

const testSecrets = {
  databaseUrl: 'postgres://the-test-brings-its-own',
  secret: 'a secret for tests, 32 characters or more',
};

function testConfig(dataDirectory: string, settings: Readonly<Record<string, string>> = {}): Config {
  return readConfig({
    PORT: '0',
    PRECERT_DATA_DIR: dataDirectory,
    DATABASE_URL: testSecrets.databaseUrl,
    PRECERT_SECRET: testSecrets.secret,
    ...settings,
  }).config;
}

async function newOrganization(app: App, baseUrl: string): Promise<ApiClient> {
  const organizationId = await createOrganization(app.database, app.identity, 'Test clinic');
  const { bearerToken } = await issueCredential(app.database, app.identity, { organizationId, name: 'test' });
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
