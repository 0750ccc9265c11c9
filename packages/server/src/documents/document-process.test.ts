import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentProcess, startDocumentProcess } from './document-process.ts';
import { defaultLimits } from './limits.ts';
import { makePdf } from './test-support/make-pdfs.ts';
import { makeTemporaryFiles, type TemporaryFiles } from './test-support/temporary-files.ts';

let files: TemporaryFiles;
let inspectSmall: Parameters<DocumentProcess['run']>[0];

beforeAll(async () => {
  files = makeTemporaryFiles();
  const { path } = files.attach('small.pdf', await makePdf(['one']));
  inspectSmall = { kind: 'inspect', path, mimeType: 'application/pdf', limits: defaultLimits };
});
afterAll(() => files.remove());

const readable = { kind: 'readable', pageCount: 1 };

async function startReady(): Promise<DocumentProcess> {
  const started = startDocumentProcess(512);
  await started.run({ kind: 'start' });
  return started;
}

describe('a document process', { timeout: 60_000 }, () => {
  it('that dies in the middle of a job fails that job and nothing else', async () => {
    for (const [signal, failure] of [
      ['SIGKILL', 'crashed'],
      // What V8 does when the heap is full.
      ['SIGABRT', 'memory'],
    ] as const) {
      const started = await startReady();
      const running = started.run(inspectSmall);
      process.kill(started.pid ?? 0, signal);
      await expect(running).rejects.toMatchObject({ name: 'DocumentWorkerError', failure });
      expect(started.hasEnded()).toBe(true);
      await expect(started.run(inspectSmall)).rejects.toMatchObject({ failure });
    }
  });

  it('goes on when the signal to stop is meant for the server, and ends when it is told to', async () => {
    const started = await startReady();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(started.pid ?? 0, signal);
    expect(await started.run(inspectSmall)).toEqual(readable);
    started.kill();
    await expect.poll(() => isAlive(started.pid)).toBe(false);
  });

  it('leaves the processors to the server where both want them', async () => {
    const started = await startReady();
    expect(getPriority(started.pid)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
    started.kill();
  });

  it.runIf(process.platform === 'linux')('says how much memory it holds', async () => {
    const started = await startReady();
    expect(await started.residentBytes()).toBeGreaterThan(20_000_000);
    started.kill();
    expect(await started.residentBytes()).toBeUndefined();
  });

  it('does not outlive the process that started it, however that ended', async () => {
    const module = fileURLToPath(new URL('./document-process.ts', import.meta.url));
    const script = `import { startDocumentProcess } from ${JSON.stringify(module)};
      const started = startDocumentProcess(512);
      await started.run({ kind: 'start' });
      process.stdout.write(String(started.pid));
      setInterval(() => {}, 1_000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const [pid] = await once(parent.stdout, 'data');
    expect(isAlive(Number(pid))).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(Number(pid)), { timeout: 20_000 }).toBe(false);
  });

  it('keeps no process from ending that has nothing else to do', async () => {
    const module = fileURLToPath(new URL('./document-process.ts', import.meta.url));
    const script = `import { startDocumentProcess } from ${JSON.stringify(module)};
      await startDocumentProcess(512).run({ kind: 'start' });`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const [code] = await once(parent, 'exit');
    expect(code).toBe(0);
  });
});

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}
