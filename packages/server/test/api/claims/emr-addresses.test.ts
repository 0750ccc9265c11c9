import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkAccount } from '../../../src/linked-accounts/link-account.ts';
import { relinkAccount } from '../../../src/linked-accounts/relink-account.ts';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import type { Answer, ApiClient } from '../../support/api/api-client.ts';
import { succeed } from '../../support/api/sample-case.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { testKeys } from '../../support/emr/simulated-practice.ts';

const keysDirectory = mkdtempSync(join(tmpdir(), 'precert-keys-'));
afterAll(() => rmSync(keysDirectory, { recursive: true }));
const server = useTestServer({
  settings: {
    PRECERT_EMR_KEYS_DIR: keysDirectory,
    PRECERT_EMR_ORIGINS: 'https://emr.example, https://login.emr.example:8443',
  },
  workers: false,
});

const path = '/v1/linked-accounts';
const settings = {
  baseUrl: 'https://emr.example/fhir/r4/AB12CD',
  clientId: 'precert',
  keyId: 'main-street-1',
  privateKeyFile: 'main-street.pem',
};

let clinic: ApiClient;
let neighbour: ApiClient;
beforeAll(async () => {
  clinic = await server().newOrganization();
  neighbour = await server().newOrganization();
  mkdirSync(join(keysDirectory, clinic.organizationId));
  const pem = testKeys.privateKey.export({ format: 'pem', type: 'pkcs8' });
  writeFileSync(join(keysDirectory, clinic.organizationId, settings.privateKeyFile), pem);
});

function link(client: ApiClient, changes: object = {}): Promise<Answer> {
  return client.call('POST', path, { connector: 'fhir', settings: { ...settings, ...changes } });
}

function expectRefused({ status, body }: Answer, field: string, message: RegExp): void {
  expect([status, body.code]).toEqual([400, 'validation_error']);
  expect(body.issues).toEqual([{ field, code: 'invalid_format', message: expect.stringMatching(message) }]);
}

test('an organization links accounts at the addresses that the operator opened, and at no other', async () => {
  expect((await link(clinic, { tokenUrl: 'https://login.emr.example:8443/token' })).status).toBe(201);
  const closed = [
    { baseUrl: 'https://emr.example.evil.example/fhir' },
    { baseUrl: 'https://emr.example:8443/fhir' },
    { baseUrl: 'http://127.0.0.1:5432/' },
    { baseUrl: 'https://169.254.169.254/latest' },
    { tokenUrl: 'https://10.0.0.1/token' },
  ];
  for (const changes of closed) expectRefused(await link(clinic, changes), 'settings', /operator/);
  const simulator = { connector: 'simulator', settings: { baseUrl: 'http://127.0.0.1:5432/' } };
  expectRefused(await clinic.call('POST', path, simulator), 'settings', /operator/);
});

test('moves an account there and nowhere else, and takes up again what the operator linked elsewhere', async () => {
  const { id } = succeed(await link(clinic));
  const relink = (account: string, body?: object) => clinic.call('POST', `${path}/${account}/relink`, body);
  const inside = { ...settings, baseUrl: 'https://emr.intranet.example/fhir' };
  expectRefused(await relink(id, { settings: inside }), 'settings', /operator/);
  expect(succeed(await clinic.call('GET', `${path}/${id}`)).settings).toEqual(settings);

  const { account } = await asOrganization(clinic.organizationId, () =>
    linkAccount(server().app.linkedAccounts, clinic.organizationId, {
      connector: 'fhir',
      by: 'operator',
      settings: inside,
    }),
  );
  expect((await relink(account.id)).body).toMatchObject({ state: 'active', settings: inside });
});

test('does not take up again what an organization linked at an address that was closed since', async () => {
  const { id } = succeed(await link(clinic));
  const relink = () => clinic.call('POST', `${path}/${id}/relink`);
  expect((await relink()).status).toBe(200);
  // As if it had been open then; the operator's list is read at the start.
  const inside = { ...settings, baseUrl: 'https://emr.intranet.example/fhir' };
  await server().database.execute('update linked_account set settings = $2 where id = $1', [id, inside]);
  expectRefused(await relink(), 'settings', /operator/);
  await asOrganization(clinic.organizationId, () =>
    relinkAccount(
      server().app.linkedAccounts,
      { organizationId: clinic.organizationId, accountId: id },
      { by: 'operator', settings: inside },
    ),
  );
  expect((await relink()).status).toBe(200);
});

test('an organization signs with the keys in its own folder alone', async () => {
  expectRefused(await link(neighbour), 'settings.privateKeyFile', /cannot be read/);
  const sideways = `../${clinic.organizationId}/${settings.privateKeyFile}`;
  expectRefused(
    await link(neighbour, { privateKeyFile: sideways }),
    'settings.privateKeyFile',
    /without a path/,
  );
});
