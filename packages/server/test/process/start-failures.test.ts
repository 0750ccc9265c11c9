import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/serve.ts';
import {
  createServerSite,
  endServerProcesses,
  runCommand,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';
import { startFakeClamd } from '../support/clamd/fake-clamd.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';

let site: ServerSite;
beforeAll(async () => {
  site = await createServerSite();
});
afterEach(endServerProcesses);
afterAll(() => site.remove());

/** A line, not a stack. */
function expectOneLine(output: string): void {
  expect(output.trim().split('\n')).toHaveLength(1);
}

describe('a start that fails', { timeout: 120_000 }, () => {
  test('because the port is taken ends the process, and lets go of what it held', async () => {
    const other: Server = createServer().listen(site.port, '127.0.0.1');
    await once(other, 'listening');
    const { code, output } = await runCommand(site, ['serve']);
    expect(code).toBe(1);
    expect(output).toContain(`Cannot listen on 127.0.0.1:${site.port}: the port is in use`);
    expectOneLine(output);
    // In this process, where what was not let go of would be seen.
    await expect(startServer(site.settings)).rejects.toThrow('the port is in use');
    other.close();
    await once(other, 'close');
    const server = await startServer({ ...site.settings, PRECERT_LOG_LEVEL: 'silent' });
    await server.stop();
  });

  test('because the database cannot be reached says where and why, and not as whom', async () => {
    const settings = {
      ...site.settings,
      DATABASE_URL: 'postgres://the-user:the-password@127.0.0.1:1/precert',
    };
    for (const words of [['serve'], ['worker'], ['doctor'], ['keys', 'create']]) {
      const { code, output } = await runCommand({ settings }, words);
      expect(code).toBe(1);
      expect(output).toBe('The database at 127.0.0.1:1 cannot be used: nothing listens there.\n');
    }
  });

  test.runIf(testDatabaseEngine() === 'postgres')(
    'because its data directory is another than the one of the database says so, a worker too',
    async () => {
      const running = await startServerProcess(site);
      const elsewhere = await mkdtemp(join(tmpdir(), 'precert-elsewhere-'));
      const settings = { ...site.settings, PORT: '0', PRECERT_DATA_DIR: elsewhere };
      for (const words of [['worker'], ['serve'], ['doctor']]) {
        const { code, output } = await runCommand({ settings }, words);
        expect(code).toBe(1);
        expect(output).toContain('The database belongs to the files of another data directory');
        expectOneLine(output);
      }
      await rm(elsewhere, { recursive: true });
      running.signal('SIGTERM');
      await running.ended();
    },
  );
});

describe('on a database nobody has migrated', { timeout: 120_000 }, () => {
  let fresh: ServerSite;
  beforeAll(async () => {
    fresh = await createServerSite();
  });
  afterAll(() => fresh.remove());

  test('doctor finds all well and makes nothing', async () => {
    const { code, output } = await runCommand(fresh, ['doctor']);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('All is well') });
    expect(await readdir(fresh.dataDirectory)).toEqual([]);
    if (testDatabaseEngine() === 'postgres')
      expect(output).toContain('0001-organizations-and-credentials.sql');
  });

  test('doctor looks at the virus scanner, and says what is wrong with it', async () => {
    const clamd = await startFakeClamd();
    const settings = { ...fresh.settings, PRECERT_CLAMD_URL: `tcp://127.0.0.1:${clamd.port}` };
    const good = await runCommand({ settings }, ['doctor']);
    expect([good.code, good.output]).toEqual([0, expect.stringContaining('scanned by ClamAV 1.4.2/27500')]);
    expect(clamd.streams.map(({ length }) => length)).toEqual([25 * 1024 * 1024]);
    clamd.maximumBytes = 25 * 1024 * 1024 - 1;
    const small = await runCommand({ settings }, ['doctor']);
    expect([small.code, small.output]).toEqual([1, expect.stringContaining('size limit exceeded')]);
    expectOneLine(small.output);
    clamd.behaviour = 'garbage';
    const other = await runCommand({ settings }, ['doctor']);
    expect([other.code, other.output]).toEqual([
      1,
      expect.stringContaining('Something else than a ClamAV daemon'),
    ]);
    await clamd.close();
    const gone = await runCommand({ settings }, ['doctor']);
    expect([gone.code, gone.output]).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
    expectOneLine(gone.output);
  });

  test.each([
    [['keys', 'create']],
    [['submissions', 'settle', '--organization', 'org', '--attempt', 'sa', '--outcome', 'delivered']],
    [['audit', 'verify']],
    [['secret', 'replace']],
  ])('%j refuses', async (words) => {
    const { code, output } = await runCommand(fresh, words);
    expect(code).toBe(1);
    expect(output).toContain('precert migrate');
    expectOneLine(output);
    expect(await readdir(fresh.dataDirectory)).toEqual([]);
    expect(await runCommand(fresh, ['doctor'])).toMatchObject({
      output: expect.stringContaining(
        testDatabaseEngine() === 'postgres' ? '0001-' : 'There is no database yet',
      ),
    });
  });
});
