import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { createCase } from '../support/api/sample-case.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  runCommand,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';

/** Each command is a process of its own, which opens the database. */
const slow = { timeout: 120_000 };

let site: ServerSite;
let organizationId: string;
beforeAll(async () => {
  site = await createServerSite();
  const server = await startServerProcess(site);
  const { priorAuth } = await readCredentials(site);
  organizationId = priorAuth.organizationId;
  const client = createApiClient(server.baseUrl, priorAuth);
  await createCase(client);
  for (let count = 0; count < 20; count += 1) await client.call('GET', '/v1/payers');
  server.signal('SIGTERM');
  expect(await server.ended()).toBe(0);
}, 120_000);
afterEach(endServerProcesses);
afterAll(() => site.remove());

const heads = () => join(site.dataDirectory, 'audit', 'heads.jsonl');

test('a server that was stopped leaves every entry in the trail, and its heads outside', slow, async () => {
  const { code, output } = await runCommand(site, ['audit', 'verify']);
  // The sandbox reads its simulated EMR beside what was called here.
  const count = Number(new RegExp(`${organizationId}: (\\d+) entries, sound`).exec(output)?.[1]);
  expect(count).toBeGreaterThanOrEqual(21);
  expect([code, output.trim().split('\n').at(-1)]).toEqual([0, 'The audit trail is sound.']);
  const told = (await readFile(heads(), 'utf8'))
    .split('\n')
    .filter((line) => line.includes(organizationId))
    .map((line) => JSON.parse(line));
  expect(told.at(-1)).toMatchObject({ organizationId, sequence: count });
});

test('an export is one entry a line, and notes itself', slow, async () => {
  const { code, output } = await runCommand(site, ['audit', 'export', '--organization', organizationId]);
  const entries = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_entry, index) => index + 1));
  const called = entries.filter(({ actor }) => actor.kind === 'key').map(({ operation }) => operation);
  expect(called).toEqual(['createAuthorization', ...Array.from({ length: 20 }, () => 'listPayers')]);
  const none = await runCommand(site, [
    'audit',
    'export',
    '--organization',
    organizationId,
    '--from',
    '2999-01-01',
  ]);
  expect([none.code, none.output]).toEqual([0, '']);
  const again = await runCommand(site, ['audit', 'export', '--organization', organizationId]);
  expect(JSON.parse(again.output.trim().split('\n').at(-1) ?? '')).toMatchObject({
    operation: 'audit export',
    actor: { kind: 'operator', subject: expect.any(String) },
    outcome: 'allowed',
  });
});

test('what an operator does with keys is noted', slow, async () => {
  const made = JSON.parse(
    (await runCommand(site, ['keys', 'create', '--organization', organizationId])).output,
  );
  await runCommand(site, ['keys', 'revoke', '--organization', organizationId, '--key', made.credentialId]);
  const { output } = await runCommand(site, ['audit', 'export', '--organization', organizationId]);
  const entries = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.slice(-2)).toMatchObject([
    { operation: 'keys create', outcome: 'allowed', actor: { kind: 'operator' } },
    {
      operation: 'keys revoke',
      outcome: 'allowed',
      resource: { type: 'credential', ids: [made.credentialId] },
    },
  ]);
});

test('a verification that finds something says where and fails', slow, async () => {
  const text = await readFile(heads(), 'utf8');
  const copy = join(site.dataDirectory, 'copied-heads.jsonl');
  await writeFile(copy, text.replaceAll(/"sequence":(\d+)/g, '"sequence":1$1'));
  const { code, output } = await runCommand(site, ['audit', 'verify', '--anchor', copy]);
  expect(code).toBe(1);
  expect(output).toMatch(/anchor line \d+ was not signed with this server's secret/);
  expect(output).toContain('The audit trail is NOT sound.');
  const otherSecret = {
    settings: { ...site.settings, PRECERT_SECRET: 'another secret of 32 characters or more' },
  };
  const wrong = await runCommand(otherSecret, ['audit', 'verify', '--organization', organizationId]);
  expect(wrong.code).toBe(1);
  expect(wrong.output).toMatch(/NOT SOUND\n {2}entries 1 to \d+: each is not what was appended here/);
});

test.each([
  [['audit', 'verify', '--organization', 'org_nope'], 'There are no audit entries of org_nope.'],
  [['audit', 'export', '--organization', 'org_nope'], 'There are no audit entries of org_nope.'],
  [['audit'], 'The audit trail is verified or exported.'],
  [['audit', 'export'], 'Name --organization.'],
  [['audit', 'export', '--organization', 'x', '--from', 'yesterday'], '--from is a date'],
  [['audit', 'verify', '--anchor', '/no/such/file'], 'The anchor file /no/such/file cannot be read.'],
])('%s says how it is used', async (words, message) => {
  const { code, output } = await runCommand(site, words);
  expect(code).toBe(2);
  expect(output).toContain(message);
  expect(output).toContain('precert audit verify [--organization id] [--anchor file]');
});
