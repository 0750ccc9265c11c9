import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  runCommand,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';

let site: ServerSite;
let other: ServerSite;
beforeAll(async () => {
  site = await createServerSite();
  other = {
    ...site,
    settings: { ...site.settings, PRECERT_SECRET: 'another secret of 32 characters or more' },
  };
  const server = await startServerProcess(site);
  server.signal('SIGTERM');
  await server.ended();
}, 60_000);
afterEach(endServerProcesses);
afterAll(() => site.remove());

test('another secret than the database was used with keeps the server from starting', async () => {
  const before = await readCredentials(site);
  for (const words of [['serve'], ['doctor'], ['keys', 'create']]) {
    const { code, output } = await runCommand(other, words);
    expect([code, output.trim().split('\n')]).toEqual([
      1,
      [expect.stringMatching(/secret .* is not the one .* `precert secret replace`/)],
    ]);
  }
  expect(await readCredentials(site)).toEqual(before);
  expect(await runCommand(site, ['doctor'])).toMatchObject({ code: 0 });
}, 120_000);

test('doctor misses a secret that is gone, and makes none', async () => {
  await rm(join(site.dataDirectory, 'secret'));
  for (let times = 0; times < 2; times += 1) {
    expect(await runCommand(site, ['doctor'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('precert secret replace'),
    });
  }
}, 60_000);

test('a secret is replaced by saying so, after which former keys are void', async () => {
  const before = await readCredentials(site);
  expect(await runCommand(other, ['secret', 'replace'])).toEqual({
    code: 0,
    output: 'Replaced. All keys, clients and tokens of before are void: issue new ones.\n',
  });
  expect((await runCommand(other, ['secret', 'replace'])).output).toBe('It is this one already.\n');
  expect(await runCommand(other, ['secret'])).toMatchObject({ code: 2 });
  const server = await startServerProcess(other);
  const former = createApiClient(server.baseUrl, before.priorAuth);
  expect((await former.call('GET', '/v1/payers')).status).toBe(401);
  const renewed = createApiClient(server.baseUrl, (await readCredentials(other)).priorAuth);
  expect((await renewed.call('GET', '/v1/payers')).status).toBe(200);
  server.signal('SIGTERM');
  expect(await server.ended()).toBe(0);
}, 120_000);
