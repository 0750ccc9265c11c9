/** A real PostgreSQL server of our own, for as long as a test run lasts. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { chown, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../free-port.ts';
import {
  type Account,
  accountForServer,
  type PostgresBinaries,
  temporaryFolder,
  usablePostgresBinaries,
} from './postgres-binaries.ts';

export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  /** Ends the server at once, as a crash would; the files stay. */
  crash(): Promise<void>;
  /** Starts it again on the same port after `crash`. */
  restart(): Promise<void>;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Writes to disk as in production. Off by default: tests of logic need no fsync and run faster without. */
  readonly isDurable?: boolean;
}

/** Creates a cluster in the system's temporary folder and serves it on a free port of 127.0.0.1. */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const account = accountForServer();
  const directory = await mkdtemp(join(temporaryFolder(account), 'precert-postgres-'));
  const children = new Set<ChildProcess>();
  // Reached when the run is cut short, too; only a kill -9 of the run leaves something behind.
  const clearAway = () => {
    for (const child of children) child.kill('SIGQUIT');
    removeStubbornly(directory);
  };
  process.once('exit', clearAway);
  try {
    if (account !== undefined) await chown(directory, account.uid, account.gid);
    const binaries = await usablePostgresBinaries(directory, account);
    const site: Site = { directory, account, binaries, children, clearAway };
    const password = randomBytes(12).toString('hex');
    await initialise(site, password);
    return await serve(site, password, options.isDurable === true);
  } catch (error) {
    process.off('exit', clearAway);
    clearAway();
    throw error;
  }
}

/** A server that is just being killed still creates files. Synchronous, for it runs while the process exits. */
function removeStubbornly(directory: string): void {
  for (let attempt = 0; attempt < 40 && existsSync(directory); attempt++) {
    if (attempt > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Not empty: the next attempt.
    }
  }
}

interface Site {
  readonly directory: string;
  readonly account: Account | undefined;
  readonly binaries: PostgresBinaries;
  readonly children: Set<ChildProcess>;
  readonly clearAway: () => void;
}

async function serve(site: Site, password: string, isDurable: boolean): Promise<PostgresServer> {
  const port = await findFreePort();
  let server = await launch(site, port, isDurable);
  return {
    port,
    url: `postgres://precert:${password}@127.0.0.1:${port}/postgres`,
    crash: () => end(server, 'SIGQUIT'),
    restart: async () => {
      server = await launch(site, port, isDurable);
    },
    stop: async () => {
      await end(server, 'SIGINT');
      process.off('exit', site.clearAway);
      site.clearAway();
    },
  };
}

async function initialise(site: Site, password: string): Promise<void> {
  const passwordFile = join(site.directory, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (site.account !== undefined) await chown(passwordFile, site.account.uid, site.account.gid);
  const child = run(site, site.binaries.initdb, [
    `--pgdata=${join(site.directory, 'data')}`,
    '--username=precert',
    `--pwfile=${passwordFile}`,
    '--auth=password',
    '--encoding=UTF8',
    '--locale=C',
    // The embedded engine sorts text by bytes. Here the sorting is linguistic, as on most real servers, so that a
    // query that leans on one of the two is found out.
    '--locale-provider=icu',
    '--icu-locale=en-US',
    '--no-sync',
  ]);
  const output = collectOutput(child);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed with ${code}:\n${output.text()}`);
}

async function launch(site: Site, port: number, isDurable: boolean): Promise<ChildProcess> {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    // Tests of deadlocks wait for this long.
    deadlock_timeout: '100ms',
    ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = run(site, site.binaries.postgres, ['-D', join(site.directory, 'data'), ...flags]);
  await becomesReady(child);
  return child;
}

function run(site: Site, file: string, args: readonly string[]): ChildProcess {
  const child = spawn(file, args, {
    // The account may not enter the folder we were started in.
    cwd: site.directory,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...site.account,
  });
  site.children.add(child);
  child.once('exit', () => site.children.delete(child));
  return child;
}

async function becomesReady(child: ChildProcess): Promise<void> {
  const output = collectOutput(child);
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', () => {
      if (output.text().includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`PostgreSQL ended with ${code} at start:\n${output.text()}`)),
    );
  });
  output.stop();
}

/** Keeps reading after `stop`, so that the pipe never fills, but remembers nothing more. */
function collectOutput(child: ChildProcess): { text(): string; stop(): void } {
  let text = '';
  let isCollecting = true;
  const collect = (chunk: Buffer) => {
    if (isCollecting) text += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return {
    text: () => text,
    stop: () => {
      isCollecting = false;
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill(signal);
  await ended;
}
