import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { adakveoCase, authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  runCommand,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';

const slow = { timeout: 120_000 };
const patient = { timeout: 60_000 };
/** Commands do the same on either engine, and open PostgreSQL sooner. */
const testCommand = test.runIf(testDatabaseEngine() === 'postgres');
let site: ServerSite;

beforeAll(async () => {
  site = await createServerSite();
});
afterEach(endServerProcesses);
afterAll(() => site.remove());

test('writes credentials that survive a restart, readable by their owner alone', slow, async () => {
  const first = await startServerProcess(site);
  const credentials = await readCredentials(site);
  const { mode } = await stat(join(site.dataDirectory, 'sandbox-credentials.json'));
  expect(mode & 0o777).toBe(0o600);
  expect(credentials.baseUrl).toBe(first.baseUrl);
  // Printed after the line that says it listens.
  await expect.poll(first.output).toContain('sandbox-credentials.json');
  const created = await createCase(createApiClient(first.baseUrl, credentials.priorAuth));

  first.signal('SIGTERM');
  expect(await first.ended()).toBe(0);
  const second = await startServerProcess(site);
  expect(await readCredentials(site)).toEqual(credentials);
  const client = createApiClient(second.baseUrl, credentials.priorAuth);
  expect(succeed(await client.call('GET', `${authorizationsPath}/${created.id}`)).patient).toEqual(
    adakveoCase.patient,
  );
  const stranger = createApiClient(second.baseUrl, credentials.secondOrganization);
  expect((await stranger.call('GET', `${authorizationsPath}/${created.id}`)).status).toBe(404);
  second.signal('SIGTERM');
  await second.ended();
});

test.runIf(testDatabaseEngine() === 'pglite')(
  'refuses a second process on the same data directory',
  slow,
  async () => {
    const first = await startServerProcess(site);
    const second = await runCommand({ settings: { ...site.settings, PORT: '0' } }, ['serve']);
    expect(second.code).toBe(1);
    expect(second.output).toContain(site.dataDirectory);
    expect(second.output).not.toContain('at async');
    first.signal('SIGTERM');
    await first.ended();
  },
);

test('answers what it has accepted before it stops', slow, async () => {
  const server = await startServerProcess(site);
  const client = createApiClient(server.baseUrl, (await readCredentials(site)).priorAuth);
  const cases = await Promise.all([createCase(client, { ready: true }), createCase(client, { ready: true })]);
  const submits = cases.map(({ id }) => client.call('POST', `${authorizationsPath}/${id}/submit`));
  await expect
    .poll(async () => (await readState(client, cases[0].id)) !== 'ready_to_submit', patient)
    .toBe(true);
  server.signal('SIGTERM');
  for (const answer of await Promise.all(submits)) expect(answer.status).toBe(200);
  expect(await server.ended()).toBe(0);
});

testCommand('explains every mistake of its configuration at once', slow, async () => {
  const settings = { ...site.settings, PORT: 'eighty', PRECERT_ENVIRONMENT: 'staging', PRECERT_TYPO: '1' };
  const { code, output } = await runCommand({ settings }, ['serve']);
  expect(code).toBe(1);
  for (const name of ['PORT', 'PRECERT_ENVIRONMENT', 'PRECERT_TYPO']) expect(output).toContain(name);
  expect(output).not.toContain('at ');
});

testCommand('issues a key, takes it back, and lets the old one in no more', slow, async () => {
  const issued = await runCommand(site, ['keys', 'create', '--name', 'Clinic']);
  expect(issued.code).toBe(0);
  const { organizationId, credentialId, bearerToken } = JSON.parse(issued.output);
  const revoked = await runCommand(site, [
    'keys',
    'revoke',
    '--organization',
    organizationId,
    '--key',
    credentialId,
  ]);
  expect(revoked).toMatchObject({ code: 0, output: 'Revoked.\n' });
  const listed = await runCommand(site, ['keys', 'list', '--organization', organizationId]);
  expect(JSON.parse(listed.output)).toMatchObject([
    { id: credentialId, name: 'Clinic', scope: 'write', revokedAt: expect.any(String) },
  ]);
  expect(listed.output).not.toContain(bearerToken.slice(16, 46));
  const server = await startServerProcess(site);
  const client = createApiClient(server.baseUrl, { organizationId, bearerToken });
  expect((await client.call('GET', authorizationsPath)).body.code).toBe('unauthorized');
  server.signal('SIGTERM');
  await server.ended();
});

testCommand('issues keys of a scope and for a time, and refuses what makes no sense', slow, async () => {
  const create = (...words: string[]) => runCommand(site, ['keys', 'create', ...words]);
  const issued = await create('--scope', 'admin', '--expires', '2999-01-01');
  const { organizationId, scope } = JSON.parse(issued.output);
  expect(scope).toBe('admin');
  const listed = await runCommand(site, ['keys', 'list', '--organization', organizationId]);
  expect(JSON.parse(listed.output)).toMatchObject([
    { scope: 'admin', expiresAt: '2999-01-01T00:00:00.000Z' },
  ]);
  for (const words of [
    ['--scope', 'root'],
    ['--expires', 'tomorrow'],
    ['--expires', '2027-02-30'],
    ['--organization', 'org_nobody'],
  ]) {
    const { code, output } = await create(...words);
    expect([words, code, output.includes('precert keys create')]).toEqual([words, 2, true]);
  }
  expect((await create('--expires', '2020-01-01')).code).toBe(1);
  expect((await runCommand(site, ['keys', 'rotate'])).code).toBe(2);
});

testCommand('knows when all is well, and says how it is used', slow, async () => {
  expect(await runCommand(site, ['doctor'])).toMatchObject({ code: 0 });
  expect(await runCommand(site, ['migrate'])).toMatchObject({
    code: 0,
    output: 'The database is up to date.\n',
  });
  expect(await runCommand(site, ['catalog', 'lint'])).toMatchObject({ code: 0 });
  const mistaken = await runCommand(site, ['no-such-command']);
  expect(mistaken.code).toBe(2);
  expect(mistaken.output).toContain('precert serve');
});

async function readState(client: ReturnType<typeof createApiClient>, id: string): Promise<string> {
  return succeed(await client.call('GET', `${authorizationsPath}/${id}`)).workflowState;
}
