import { randomBytes } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { formatMasterKey } from '../../src/platform/encryption/master-key.ts';
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

let site: ServerSite;
let organizationId: string;
let caseId: string;

/** The server runs while `work` does; the embedded database has room for one process at a time. */
async function whileServing<Result>(
  work: (client: ReturnType<typeof createApiClient>) => Promise<Result>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const server = await startServerProcess({ ...site, settings: { ...site.settings, ...settings } });
  const { priorAuth } = await readCredentials(site);
  const result = await work(createApiClient(server.baseUrl, priorAuth));
  server.signal('SIGTERM');
  await server.ended();
  return result;
}

function run(words: string, settings: Readonly<Record<string, string>> = {}) {
  return runCommand({ settings: { ...site.settings, ...settings } }, words.split(' '));
}

beforeAll(async () => {
  site = await createServerSite();
  await whileServing(async (client) => {
    organizationId = client.organizationId;
    caseId = (await createCase(client)).id;
  });
}, 120_000);
afterEach(endServerProcesses);
afterAll(() => site.remove());

const generatedKey = async () =>
  (await readFile(join(site.dataDirectory, 'master-key'), 'utf8')).split(':')[0] ?? '';

/** The sandbox's visits are of two organizations. */
test('status tells the master key in use and what it wraps', async () => {
  const key = await generatedKey();
  const { code, output } = await run('encryption status');
  expect({ code, lines: output.trim().split('\n') }).toEqual({
    code: 0,
    lines: [`The master key in use is ${key}.`, `4 data keys of 2 organizations are wrapped with ${key}.`],
  });
}, 60_000);

test('rotate gives every organization a new key, and goes on when it is run again', async () => {
  const first = await run('encryption rotate --organization all');
  expect(first).toMatchObject({
    code: 0,
    output: expect.stringContaining(`${organizationId} has a new data key`),
  });
  const again = await run(`encryption rotate --organization ${organizationId}`);
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('was still rotating; 0 values') });
  expect((await run('encryption status')).output).toContain(`${organizationId} has a retired data key`);
  expect(await run('encryption rotate --organization org_none')).toMatchObject({ code: 1 });
}, 120_000);

test('rewrap moves the data keys to a new master key, after which the file is needed no more', async () => {
  const key = formatMasterKey({ id: 'mine', bytes: randomBytes(32) });
  const settings = { PRECERT_MASTER_KEY: key };
  expect(await run('encryption rewrap', settings)).toEqual({
    code: 0,
    // Two of each organization, and a new one of each.
    output: '6 data keys are now wrapped with mine.\n',
  });
  const file = join(site.dataDirectory, 'master-key');
  await rename(file, `${file}.away`);
  await whileServing(async (client) => {
    expect(succeed(await client.call('GET', `${authorizationsPath}/${caseId}`)).id).toBe(caseId);
  }, settings);

  // Without the new key neither a start nor doctor goes well, and each says why in a line.
  const wrong = { PRECERT_MASTER_KEY: formatMasterKey({ id: 'mine', bytes: randomBytes(32) }) };
  for (const words of ['serve', 'doctor']) {
    const { code, output } = await run(words, wrong);
    expect([code, output.trim().split('\n').length]).toEqual([1, 1]);
    expect(output).toContain('The master key `mine` is not the one');
  }
  const doctor = await run('doctor');
  expect(doctor).toMatchObject({ code: 1, output: expect.stringContaining('master-key is missing') });
  await rename(`${file}.away`, file);
  expect((await run('doctor')).output).toContain('master key `mine`, which this process does not have');
  expect(
    (await run('encryption rewrap', { PRECERT_MASTER_KEY: `${await readFile(file, 'utf8')}\n${key}` })).code,
  ).toBe(0);
}, 180_000);

test('shred asks for the id twice, then leaves nothing to be read and no token to read it with', async () => {
  for (const words of [
    '',
    ` --organization ${organizationId}`,
    ` --organization ${organizationId} --confirm yes`,
  ])
    expect(await run(`organizations shred${words}`)).toMatchObject({ code: 2 });
  const words = `organizations shred --organization ${organizationId} --confirm ${organizationId}`;
  expect(await run(words)).toMatchObject({
    code: 0,
    output: expect.stringContaining('The keys are destroyed'),
  });
  expect(await run(words)).toMatchObject({ code: 1 });
  expect(await run(`keys create --organization ${organizationId}`)).toMatchObject({ code: 2 });
  const [kept] = [await readCredentials(site)];
  await whileServing(async (client) => {
    const former = createApiClient(client.baseUrl, kept.priorAuth);
    expect((await former.call('GET', `${authorizationsPath}/${caseId}`)).status).toBe(401);
    // The sandbox file has a new organization in its place.
    expect(client.organizationId).not.toBe(organizationId);
  });
}, 180_000);
