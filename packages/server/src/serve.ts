import type { AddressInfo } from 'node:net';
import { type App, buildApp } from './app.ts';
import type { AppOverrides } from './app-overrides.ts';
import { CatalogError } from './catalog/catalog-problem.ts';
import { ConfigError, readConfig } from './config/config.ts';
import { openSandboxEmr, type SandboxEmr } from './emr/simulator/sandbox-emr.ts';
import { createClaimsAuthenticator } from './identity/claims-authenticator.ts';
import { createKeyAuthenticator } from './identity/key-authenticator.ts';
import { SecretMismatchError } from './identity/secret-mark.ts';
import { DatabaseConnectionError } from './platform/database/connection-error.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { DirectoryInUseError } from './platform/database/directory-lock.ts';
import { MigrationError } from './platform/database/migration-error.ts';
import { MasterKeyError } from './platform/encryption/key-provider.ts';
import { PrecertError } from './platform/errors.ts';
import { createLogger } from './platform/observability/logger.ts';
import { StorageMismatchError } from './platform/storage/storage-identity.ts';
import { ClamdError } from './platform/virus-scan/clamd-connection.ts';
import { writeSandboxCredentials } from './sandbox/sandbox-credentials.ts';
import { endAmongMany, isFirstProcess, isProcessOfMany, serveProcesses } from './serve-processes.ts';
import { stopOnSignal } from './stop-on-signal.ts';

export interface RunningServer {
  readonly app: App;
  readonly baseUrl: string;
  /** Path of the credentials file; undefined in production. */
  readonly credentialsPath: string | undefined;
  /** Finishes what is under way, then lets go of everything. */
  stop(): Promise<void>;
}

/**
 * Builds the server and opens its port, credentials first, so that whoever sees the port can call it. When it cannot
 * start it lets go of everything it took.
 * @throws ConfigError, what `buildApp` throws, ListenError
 */
export async function startServer(
  variables: Readonly<Record<string, string | undefined>>,
  overrides: AppOverrides = {},
): Promise<RunningServer> {
  const { config, secrets } = readConfig(variables);
  const app = await buildApp(config, secrets, overrides);
  let emr: SandboxEmr | undefined;
  try {
    emr = await openEmr(app);
    const opened = await open(app);
    return { app, ...opened, stop: () => stop(app, emr) };
  } catch (error) {
    // Why it did not start matters more than how the stop went.
    await stop(app, emr).catch(() => undefined);
    throw error;
  }
}

/** The sandbox brings an EMR along: here, or in whichever process of the data directory runs it already. */
export async function openEmr({ config }: Pick<App, 'config'>): Promise<SandboxEmr | undefined> {
  return config.environment === 'sandbox' ? openSandboxEmr(config) : undefined;
}

async function open(app: App): Promise<Pick<RunningServer, 'baseUrl' | 'credentialsPath'>> {
  const { config } = app;
  const announced = config.baseUrl ?? (config.port === 0 ? undefined : addressUrl(config.host, config.port));
  let credentialsPath = announced === undefined ? undefined : await writeCredentials(app, announced);
  await listen(app);
  const baseUrl = announced ?? addressUrl(config.host, boundPort(app));
  app.setBaseUrl(baseUrl);
  // Port 0 is known only now; nobody can know it earlier either.
  credentialsPath ??= await writeCredentials(app, baseUrl);
  app.audit.start();
  // Last: a server that cannot listen has no business with anybody's jobs.
  await app.jobs.start({ workers: config.serveJobs });
  return { baseUrl, credentialsPath };
}

async function stop(app: App, emr: SandboxEmr | undefined): Promise<void> {
  app.http.readiness.beginStopping();
  try {
    await app.http.close();
  } finally {
    await app.close();
    await emr?.stop();
  }
}

/** The port cannot be had; `message` says why. */
class ListenError extends Error {
  override readonly name = 'ListenError';
}

async function listen({ http, config: { host, port } }: App): Promise<void> {
  try {
    await http.listen({ host, port });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // One of several processes is told of it by the one that holds the port, under another name.
    if (!['listen', 'bind'].includes(Reflect.get(error, 'syscall'))) throw error;
    const taken = Reflect.get(error, 'code') === 'EADDRINUSE';
    const why = taken ? 'the port is in use. Stop what uses it, or set PORT' : error.message;
    throw new ListenError(`Cannot listen on ${host}:${port}: ${why}.`, { cause: error });
  }
}

async function writeCredentials(app: App, baseUrl: string): Promise<string | undefined> {
  const { config, database, identity } = app;
  if (config.environment !== 'sandbox') return undefined;
  const { linkedAccounts, appointments } = app;
  const authenticator = createKeyAuthenticator({ ...identity, database });
  const claims = {
    identity,
    linkedAccounts,
    appointments,
    authenticator: createClaimsAuthenticator({ ...identity, database }),
  };
  const dependencies = { ...identity, database, authenticator, claims };
  return asSystem(() => writeSandboxCredentials(dependencies, config.dataDirectory, baseUrl));
}

function boundPort(app: App): number {
  // A listening TCP server always has an AddressInfo.
  return (app.http.server.address() as AddressInfo).port;
}

function addressUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function introduce({ app, baseUrl, credentialsPath }: RunningServer): void {
  say(`Precert (${app.config.environment}) listens on ${baseUrl}`);
  if (credentialsPath !== undefined) say(`Sandbox credentials: ${credentialsPath}`);
  say(`API reference: ${baseUrl}/docs`);
}

/** The process: reads the environment, serves until a signal, explains itself when it cannot. */
export async function serveFromEnvironment(): Promise<void> {
  try {
    const { config } = readConfig(process.env);
    if (config.processes > 1 && !isProcessOfMany()) {
      return await serveProcesses(config.processes, createLogger({ level: config.logLevel }));
    }
    const server = await startServer(process.env);
    if (isFirstProcess()) introduce(server);
    stopOnSignal(() => server.stop());
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
    endAmongMany();
  }
}

/** What an operator can mend is told plainly; anything else is a defect and keeps its stack. */
export function explain(error: unknown): string {
  const expected = [
    ConfigError,
    CatalogError,
    DirectoryInUseError,
    MigrationError,
    DatabaseConnectionError,
    StorageMismatchError,
    SecretMismatchError,
    MasterKeyError,
    ClamdError,
    ListenError,
    PrecertError,
  ];
  if (!(error instanceof Error)) return String(error);
  if (error instanceof PrecertError && error.issues !== undefined) {
    return [error.message, ...error.issues.map(({ field, message }) => `  ${field}: ${message}`)].join('\n');
  }
  return expected.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
