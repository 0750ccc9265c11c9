/** The server as an operator runs it: a process of its own, told by environment variables, ended by signals. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { SandboxCredentials } from '../../../src/sandbox/sandbox-credentials.ts';
import { testDatabaseEngine, testPostgresUrl } from '../databases/test-database.ts';
import { findFreePort } from '../free-port.ts';

const entry = join(import.meta.dirname, '..', '..', '..', 'bin', 'precert.js');

export interface ServerSite {
  readonly dataDirectory: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** A data directory, a port and, on PostgreSQL, a database that nobody else uses. */
export async function createServerSite(settings: Readonly<Record<string, string>> = {}): Promise<ServerSite> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'precert-process-'));
  const port = await findFreePort();
  const database = testDatabaseEngine() === 'postgres' ? await createDatabase() : undefined;
  return {
    dataDirectory,
    port,
    settings: {
      PRECERT_DATA_DIR: dataDirectory,
      PORT: String(port),
      PRECERT_LOG_LEVEL: 'warn',
      ...(database === undefined ? {} : { DATABASE_URL: database.url }),
      ...settings,
    },
    async remove() {
      await database?.drop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

export interface ServerProcess {
  readonly process: ChildProcess;
  readonly baseUrl: string;
  output(): string;
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** The exit code; null after a kill. */
  ended(): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** For `afterEach`: what a failed test left behind holds the data directory of the next one. */
export async function endServerProcesses(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );
}

/** Starts the command and waits until it says that it listens. Rejects with its output when it ends instead. */
export async function startServerProcess(
  site: ServerSite,
  words: readonly string[] = ['serve'],
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [entry, ...words], {
    env: { PATH: process.env.PATH ?? '', ...site.settings },
  });
  const lines: string[] = [];
  running.add(child);
  const exit = once(child, 'exit').finally(() => running.delete(child));
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      if (/listens on|is running/.test(line)) ready.resolve();
    });
  }
  exit.then(() => ready.reject(new Error(`The server ended: ${lines.join('\n')}`)));
  await ready.promise;
  return {
    process: child,
    baseUrl: `http://127.0.0.1:${site.port}`,
    output: () => lines.join('\n'),
    signal: (name) => child.kill(name),
    ended: async () => {
      const [code] = await exit;
      return code;
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(
  site: Pick<ServerSite, 'settings'>,
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [entry, ...words], {
    env: { PATH: process.env.PATH ?? '', ...site.settings },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

export async function readCredentials(site: Pick<ServerSite, 'dataDirectory'>): Promise<SandboxCredentials> {
  return JSON.parse(await readFile(join(site.dataDirectory, 'sandbox-credentials.json'), 'utf8'));
}

async function createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `process_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
  const url = new URL(testPostgresUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: testPostgresUrl() });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
