import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, buildApp } from '../../src/app.ts';
import type { AppOverrides } from '../../src/app-overrides.ts';
import { readConfig } from '../../src/config/config.ts';
import { createOrganization, issueCredential } from '../../src/identity/issue-credential.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { createLogger } from '../../src/platform/observability/logger.ts';
import { startPostgresServer } from '../../test/support/databases/postgres-server.ts';

/** A place a server can be started in: a data directory, a database, an organization with its token. */
export interface Installation {
  readonly kind: 'embedded' | 'postgres';
  /** Settings of every server process of this installation. */
  readonly variables: Readonly<Record<string, string>>;
  /** Undefined on the embedded database. */
  readonly databaseUrl: string | undefined;
  readonly organizationId: string;
  readonly bearerToken: string;
  /** Removes everything, the database server too. */
  remove(): Promise<void>;
}

const secret = 'a secret of the benchmarks, 32 characters or more';

/** An empty installation. PostgreSQL writes to disk as in production: fsync and synchronous commit are on. */
export async function createInstallation(kind: Installation['kind']): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'precert-bench-'));
  const server = kind === 'postgres' ? await startPostgresServer({ isDurable: true }) : undefined;
  const variables = {
    PRECERT_DATA_DIR: directory,
    PRECERT_SECRET: secret,
    // One credential sends what a thousand would.
    PRECERT_RATE_LIMIT_CREDENTIAL: '0',
    PRECERT_RATE_LIMIT_ORGANIZATION: '0',
    ...(server === undefined ? {} : { DATABASE_URL: server.url }),
  };
  const identity = await withApp({ variables }, async (app) => {
    const organizationId = await asSystem(() =>
      createOrganization(app.database, app.identity, 'Benchmark clinic'),
    );
    const credential = await asSystem(() =>
      issueCredential(app.database, app.identity, { organizationId, name: 'bench', scope: 'write' }),
    );
    return { organizationId, bearerToken: credential.bearerToken };
  });
  return {
    kind,
    variables,
    databaseUrl: server?.url,
    ...identity,
    async remove() {
      await server?.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Builds the server inside this process, listening to nothing, for as long as `work` takes. */
export async function withApp<Result>(
  installation: Pick<Installation, 'variables'>,
  work: (app: App) => Promise<Result>,
  overrides: AppOverrides = {},
): Promise<Result> {
  const { config, secrets } = readConfig({ ...installation.variables });
  const app = await buildApp(config, secrets, { logger: createLogger({ level: 'silent' }), ...overrides });
  try {
    return await work(app);
  } finally {
    await app.http.close();
    await app.close();
  }
}
