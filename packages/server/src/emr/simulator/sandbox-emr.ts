/**
 * The sandbox's EMR: one simulator for all processes of a data directory. Whoever comes first runs it; the others use
 * it and, when its process is gone, one of them takes its place, on the same port and with the same ledger.
 */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryInUseError } from '../../platform/database/directory-lock.ts';
import { type RepeatTimer, repeatTimer } from '../../platform/jobs/sweepers.ts';
import { type EmrSimulator, type EmrSimulatorOptions, startEmrSimulator } from './emr-simulator.ts';

export interface SandboxEmr {
  /** FHIR base URL of the simulator, wherever it runs now. */
  baseUrl(): string;
  /** Whether it runs in this process. */
  isHere(): boolean;
  /** Runs it here if nobody runs it any more. Called on a timer; tests call it themselves. */
  takeOver(): Promise<void>;
  stop(): Promise<void>;
}

export interface SandboxEmrOptions extends Omit<EmrSimulatorOptions, 'directory' | 'port'> {
  readonly repeat?: RepeatTimer;
}

/** Well below the time in which an orphaned claim is to be taken up again. */
const takeOverMs = 2_000;
/** Between taking the directory and writing the URL lie milliseconds. */
const urlTries = 100;
const urlRetryMs = 50;

/** Where the simulator of a data directory keeps its ledger, its lock and its URL. */
export function sandboxEmrDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'emr-simulator');
}

/** Undefined when none has run yet. */
export function readSandboxEmrUrl(dataDirectory: string): string | undefined {
  try {
    const url = readFileSync(urlFile(dataDirectory), 'utf8').trim();
    return URL.canParse(url) ? url : undefined;
  } catch {
    // No file yet.
    return undefined;
  }
}

/** Starts the simulator, or finds the one that another process runs. */
export async function openSandboxEmr(
  { dataDirectory }: { readonly dataDirectory: string },
  options: SandboxEmrOptions = {},
): Promise<SandboxEmr> {
  const { repeat = repeatTimer, ...simulatorOptions } = options;
  let here: EmrSimulator | undefined;
  let taking: Promise<void> | undefined;
  let stopped = false;

  async function take(): Promise<void> {
    if (here !== undefined || stopped) return;
    const started = await tryToStart(dataDirectory, simulatorOptions);
    // It may have been stopped meanwhile.
    if (stopped) await started?.stop();
    else here = started;
  }

  const takeOver = () => {
    taking ??= take().finally(() => {
      taking = undefined;
    });
    return taking;
  };
  await takeOver();
  if (here === undefined) await waitForUrl(dataDirectory);
  // What goes wrong is tried again; who calls the EMR meanwhile learns that it is away.
  const stopTimer = repeat(takeOverMs, () => void takeOver().catch(() => undefined));
  return {
    baseUrl: () => readSandboxEmrUrl(dataDirectory) ?? '',
    isHere: () => here !== undefined,
    takeOver,
    async stop() {
      stopped = true;
      stopTimer();
      await taking?.catch(() => undefined);
      await here?.stop();
      here = undefined;
    },
  };
}

/** Undefined when another process has the directory. */
async function tryToStart(
  dataDirectory: string,
  options: Omit<SandboxEmrOptions, 'repeat'>,
): Promise<EmrSimulator | undefined> {
  const directory = sandboxEmrDirectory(dataDirectory);
  const last = readSandboxEmrUrl(dataDirectory);
  const port = last === undefined ? 0 : Number(new URL(last).port);
  try {
    const simulator = await startEmrSimulator({ ...options, directory, port }).catch((error: unknown) => {
      // Somebody else has taken the port since; a free one will do.
      if (port === 0 || !isAddressInUse(error)) throw error;
      return startEmrSimulator({ ...options, directory, port: 0 });
    });
    writeUrl(dataDirectory, simulator.baseUrl);
    return simulator;
  } catch (error) {
    if (error instanceof DirectoryInUseError) return undefined;
    throw error;
  }
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'EADDRINUSE';
}

function urlFile(dataDirectory: string): string {
  return join(sandboxEmrDirectory(dataDirectory), 'url');
}

/** In one step: a reader sees the old URL or the new one. */
export function writeUrl(dataDirectory: string, url: string): void {
  mkdirSync(sandboxEmrDirectory(dataDirectory), { recursive: true, mode: 0o700 });
  const temporary = `${urlFile(dataDirectory)}.${process.pid}`;
  writeFileSync(temporary, `${url}\n`, { mode: 0o600 });
  renameSync(temporary, urlFile(dataDirectory));
}

async function waitForUrl(dataDirectory: string): Promise<void> {
  for (let tries = 0; tries < urlTries; tries += 1) {
    if (readSandboxEmrUrl(dataDirectory) !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, urlRetryMs));
  }
  throw new Error('Another process holds the directory of the EMR simulator but names no URL.');
}
