import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../test/support/free-port.ts';

export interface ServerProcess {
  readonly baseUrl: string;
  readonly pid: number | undefined;
  /** From the start of the process to its first healthy answer. */
  readonly startMs: number;
  /** Memory the process holds; undefined where the system has no /proc. */
  residentMegabytes(): Promise<number | undefined>;
  /** Processor time the process has taken so far, all its threads together; undefined as above. */
  cpuSeconds(): Promise<number | undefined>;
  stop(): Promise<void>;
}

const precert = join(import.meta.dirname, '..', '..', 'bin', 'precert.js');

/**
 * The server as an operator starts it, with its default log level; the log goes to /dev/null.
 * @param variables the server's settings; nothing else of the environment but PATH reaches it
 * @throws Error with what the server wrote when it ends before it answers
 */
export async function startServerProcess(
  variables: Readonly<Record<string, string>>,
  options: {
    readonly nodeOptions?: readonly string[];
    /** Instead of `precert`. */
    readonly program?: string;
  } = {},
): Promise<ServerProcess> {
  const { nodeOptions = [], program = precert } = options;
  const port = await findFreePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, program, 'serve'], {
    env: { PATH: process.env.PATH, ...variables, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  while (!(await isHealthy(baseUrl))) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${complaint}`);
    await delay(5);
  }
  return {
    baseUrl,
    pid: child.pid,
    startMs: performance.now() - startedAt,
    residentMegabytes: () => readResidentMegabytes(child),
    cpuSeconds: () => readCpuSeconds(child),
    stop: () => end(child),
  };
}

async function isHealthy(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/health`)).ok;
  } catch {
    return false;
  }
}

async function readResidentMegabytes(child: ChildProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** Clock ticks of Linux, which are hundredths of a second for whoever reads /proc (proc_pid_stat(5)). */
const ticksPerSecond = 100;

async function readCpuSeconds(child: ChildProcess): Promise<number | undefined> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program, in parentheses, may hold spaces; user and system time are the 12th and 13th after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
