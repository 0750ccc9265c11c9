/**
 * `run-quickstart.ts [--report file]`: runs the README's quickstart as printed, on a server of its own with an empty data
 * directory and a free port, and compares what each step prints with what the README says. Needs bash and curl.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../test/support/free-port.ts';
import { repository } from './generated-files.ts';
import { type QuickstartStep, quickstartScript, readQuickstart } from './quickstart-steps.ts';

const startDeadlineMs = 60_000;

/** A step that waits for what never comes must not hold up whoever runs this. */
const stepsDeadlineMs = 300_000;

const stopDeadlineMs = 30_000;

const folder = await mkdtemp(join(tmpdir(), 'precert-quickstart-'));
const { server: serverCommands, steps } = readQuickstart(
  await readFile(join(repository, 'README.md'), 'utf8'),
);
const server = await startServer(lastLine(serverCommands));
let failed: number;
try {
  failed = await runSteps();
} finally {
  await stop(server);
}
if (failed === 0) await rm(folder, { recursive: true, force: true });
else say(`Left for inspection: ${folder}`);
say(`quickstart: ${steps.length - failed} passed, ${failed} failed`);
const [flag, reportPath] = process.argv.slice(2);
if (flag === '--report' && reportPath !== undefined) {
  await writeFile(reportPath, JSON.stringify({ passed: steps.length - failed, failed }));
}
process.exitCode = failed === 0 ? 0 : 1;

/** Everything before the last line installs, which whoever runs this has done. */
function lastLine(commands: string): string {
  return commands.trim().split('\n').at(-1) ?? '';
}

interface QuickstartServer {
  /** Of its process group too. */
  readonly pid: number;
  /** Once every process of the group is gone. */
  readonly closed: Promise<unknown>;
}

/** Starts the printed command from the repository and waits until it answers. */
async function startServer(command: string): Promise<QuickstartServer> {
  const port = await findFreePort();
  const env = { ...process.env, PRECERT_DATA_DIR: join(folder, '.precert'), PORT: String(port) };
  // A group of its own, so that npm and what npm started end together.
  const child = spawn('bash', ['-c', command], {
    cwd: repository,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const server = { pid: Number(child.pid), closed: once(child, 'close') };
  const log = createWriteStream(join(folder, 'server.log'));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const deadline = Date.now() + startDeadlineMs;
  while (!(await answers(`http://127.0.0.1:${port}/health`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop(server);
      throw new Error(`The server did not start:\n${await readFile(join(folder, 'server.log'), 'utf8')}`);
    }
    await delay(200);
  }
  return server;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/**
 * npm ends before the server it started, which still drains: only when nobody holds the output are all of them gone.
 * Whoever is not gone by then is killed.
 */
async function stop({ pid, closed }: QuickstartServer): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const patience = setTimeout(() => signalGroup(pid, 'SIGKILL'), stopDeadlineMs);
  await closed;
  clearTimeout(patience);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody of the group is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Runs all steps in one shell, in a folder that looks like the repository to them. Returns how many failed. */
async function runSteps(): Promise<number> {
  const outputs = join(folder, 'outputs');
  await mkdir(outputs);
  await symlink(join(repository, 'examples'), join(folder, 'examples'));
  const shell = spawn('bash', ['-c', quickstartScript(steps, outputs)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: stepsDeadlineMs,
  });
  const complaints: Buffer[] = [];
  shell.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  await once(shell, 'close');
  let failures = 0;
  for (const [index, step] of steps.entries()) {
    if (!(await reportStep(step, join(outputs, String(index))))) failures += 1;
  }
  if (failures > 0) say(Buffer.concat(complaints).toString('utf8'));
  return failures;
}

async function reportStep(step: QuickstartStep, path: string): Promise<boolean> {
  const printed = await readFile(path, 'utf8').catch(() => undefined);
  const isAsExpected = printed !== undefined && (step.output === undefined || printed === step.output);
  say(`${isAsExpected ? 'ok    ' : 'FAILED'} ${step.title}`);
  if (!isAsExpected) {
    say(
      `  expected: ${JSON.stringify(step.output)}\n  printed:  ${JSON.stringify(printed ?? (await partOf(path)))}`,
    );
  }
  return isAsExpected;
}

/** What a step printed before it failed. */
async function partOf(path: string): Promise<string> {
  return readFile(`${path}.part`, 'utf8').catch(() => '(not reached)');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
