import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  runCommand,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';

const onPostgres = testDatabaseEngine() === 'postgres';
const patient = { timeout: 60_000 };
let site: ServerSite;

beforeAll(async () => {
  site = await createServerSite({ PRECERT_PROCESSES: '2' });
});
afterEach(endServerProcesses);
afterAll(() => site.remove());

/** Linux alone tells. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

describe.runIf(onPostgres && process.platform === 'linux')('a server of two processes', () => {
  test('answers through both, replaces the one that is killed, and stops as one', patient, async () => {
    const server = await startServerProcess(site);
    const { pid = 0 } = server.process;
    const children = () => childrenOf(pid);
    await expect.poll(children, { timeout: 30_000 }).toHaveLength(2);
    const client = createApiClient(server.baseUrl, (await readCredentials(site)).priorAuth);
    const { id } = await createCase(client);

    // The one that came later: the other one listens already.
    const [other = 0, killed = 0] = await children();
    process.kill(killed, 'SIGKILL');
    await expect.poll(async () => (await children()).includes(killed)).toBe(false);
    const read = await createApiClient(server.baseUrl, client).call('GET', `${authorizationsPath}/${id}`);
    expect(succeed(read).id).toBe(id);
    await expect.poll(children, { timeout: 30_000 }).toHaveLength(2);
    expect(await children()).toContain(other);
    await expect.poll(server.output).toContain('a server process ended');

    server.signal('SIGTERM');
    expect(await server.ended()).toBe(0);
    expect(server.output().match(/listens on/g)).toHaveLength(1);
  });

  test('that cannot have its port says so once, and ends', patient, async () => {
    const other = createServer().listen(site.port, '127.0.0.1');
    await once(other, 'listening');
    const { code, output } = await runCommand(site, ['serve']);
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toEqual([expect.stringContaining('the port is in use')]);
    other.close();
  });
});

test.runIf(!onPostgres)('the embedded database has room for one process, and the start says so', async () => {
  const { code, output } = await runCommand(site, ['serve']);
  expect(code).toBe(1);
  expect(output).toContain('PRECERT_PROCESSES needs PostgreSQL');
});
