import { beforeAll, describe, expect, test } from 'vitest';
import { revokeClient } from '../../../src/identity/claims-client-queries.ts';
import { mintAccessToken, mintClientKeys } from '../../../src/identity/claims-token.ts';
import { issueClaimsClient } from '../../../src/identity/issue-claims-client.ts';
import { relinkAccount } from '../../../src/linked-accounts/relink-account.ts';
import { unlinkAccount } from '../../../src/linked-accounts/unlink-account.ts';
import { asSystem } from '../../../src/platform/database/database-scope.ts';
import { exchange } from '../../../src/platform/http/testing/raw-connection.ts';
import { documentedOperations, type Operation, pathOf } from '../../support/api/documented-operations.ts';
import { tableContents, tableText } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ClaimsClient, createClaimsClient, sendWith } from '../../support/claims/claims-client.ts';
import { expectClaimsError } from '../../support/claims/claims-expectations.ts';
import { expireLogin } from '../../support/claims/expire-login.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

const missing = 'The headers client_id, client_secret and access_token are required.';
const invalid = 'Invalid credentials.';
const expired = 'Account link expired. Please go through the integration setup again.';

let client: ClaimsClient;
let stranger: ClaimsClient;
/** Every operation of the claims API; those that need an access token, and those that do not. */
let ofAccounts: readonly Operation[];
let ofClients: readonly Operation[];
beforeAll(async () => {
  client = await createClaimsClient(server(), emr);
  stranger = await createClaimsClient(server(), emr);
  const operations = await documentedOperations(client.operator);
  ofAccounts = operations.filter(({ credentials }) => credentials === 'account');
  ofClients = operations.filter(({ credentials }) => credentials === 'client');
});

function callWith(operation: Operation, headers: Readonly<Record<string, string>>) {
  const body =
    operation.body === undefined ? {} : { body: '{}', headers: { 'content-type': 'application/json' } };
  return sendWith(headers, `${server().baseUrl}${pathOf(operation)}`, { method: operation.method, ...body });
}

test('the claims API has operations of both kinds', () => {
  expect(ofAccounts.map(({ operationId }) => operationId)).toContain('createClaim');
  expect(ofAccounts.length).toBeGreaterThanOrEqual(8);
  expect(ofClients.map(({ operationId }) => operationId)).toContain('registerWebhook');
  expect(ofClients.length).toBeGreaterThanOrEqual(5);
});

describe('401 with one text for what is missing', () => {
  test.each([['client_id'], ['client_secret'], ['access_token']])('%s', async (name) => {
    for (const operation of ofAccounts) {
      for (const headers of [
        Object.fromEntries(Object.entries(client.headers).filter(([key]) => key !== name)),
        { ...client.headers, [name]: '' },
      ]) {
        const answer = await callWith(operation, headers);
        expectClaimsError(answer, 401, missing);
        expect(answer.headers.get('www-authenticate')).toBe('ClientCredentials');
      }
    }
  });

  test('everything, or a bearer in its place', async () => {
    for (const operation of ofAccounts) {
      expectClaimsError(await callWith(operation, {}), 401, missing);
      const bearer = { authorization: `Bearer ${client.operator.bearerToken}` };
      expectClaimsError(await callWith(operation, bearer), 401, missing);
    }
  });

  test('where a client is enough, nothing but the client', async () => {
    const { client_id, client_secret } = client.headers;
    for (const operation of ofClients) {
      const text = 'The headers client_id and client_secret are required.';
      expectClaimsError(await callWith(operation, { client_id }), 401, text);
      expectClaimsError(await callWith(operation, { client_secret }), 401, text);
      expect([200, 400, 404]).toContain((await callWith(operation, { client_id, client_secret })).status);
    }
  });
});

describe('401 with one text for what is wrong', () => {
  const flipped = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
  const keys = mintClientKeys('sandbox');
  const cases: readonly (readonly [name: string, change: () => Record<string, string>])[] = [
    ['an unknown client', () => ({ client_id: keys.clientId })],
    ['another secret', () => ({ client_secret: keys.clientSecret })],
    ['an unknown pair', () => ({ client_id: keys.clientId, client_secret: keys.clientSecret })],
    ['another client’s secret', () => ({ client_secret: stranger.headers.client_secret })],
    ['another client’s id', () => ({ client_id: stranger.headers.client_id })],
    ['a mistyped secret', () => ({ client_secret: flipped(client.headers.client_secret) })],
    ['a mistyped token', () => ({ access_token: flipped(client.headers.access_token) })],
    ['an unknown token', () => ({ access_token: mintAccessToken() })],
    ['the token of another organization', () => ({ access_token: stranger.headers.access_token })],
    [
      'the client of another organization',
      () => ({ client_id: stranger.headers.client_id, client_secret: stranger.headers.client_secret }),
    ],
    ['the secret as id', () => ({ client_id: client.headers.client_secret })],
    ['the vendor’s examples', () => ({ client_id: 'ci_live_198908HJDKJSH98789OHKJL' })],
    ['the id in upper case', () => ({ client_id: client.headers.client_id.toUpperCase() })],
    ['10 KB', () => ({ access_token: 'a'.repeat(10_240) })],
    ['an id and a secret of two environments', () => ({ client_id: mintClientKeys('production').clientId })],
  ];
  test.each(cases)('%s', async (_name, change) => {
    for (const operation of ofAccounts)
      expectClaimsError(await callWith(operation, { ...client.headers, ...change() }), 401, invalid);
  });

  test('a header sent twice', async () => {
    const { client_id, client_secret, access_token } = client.headers;
    const lines = `client_id: ${client_id}\r\nclient_secret: ${client_secret}\r\naccess_token: ${access_token}\r\n`;
    const port = Number(new URL(server().baseUrl).port);
    for (const [name, value] of Object.entries(client.headers)) {
      const answer = await exchange(
        port,
        `GET /v1/claims HTTP/1.1\r\nHost: localhost\r\n${lines}${name}: ${value}\r\n\r\n`,
      );
      expect([answer?.status, answer?.body]).toEqual([
        401,
        JSON.stringify({ success: false, message: invalid }),
      ]);
    }
  });

  test('and nothing is written by any of it', async () => {
    const before = await tableContents(server().database);
    for (const operation of [...ofAccounts, ...ofClients])
      await callWith(operation, { ...client.headers, client_secret: keys.clientSecret });
    expect(await tableContents(server().database)).toEqual(before);
  });
});

describe('403', () => {
  test('to credentials of the other environment, known or not', async () => {
    const { clientId: client_id, clientSecret: client_secret } = mintClientKeys('production');
    for (const operation of [...ofAccounts, ...ofClients]) {
      const answer = await callWith(operation, { ...client.headers, client_id, client_secret });
      expectClaimsError(
        answer,
        403,
        'These are production credentials; this server runs the sandbox environment.',
      );
    }
  });

  test('to an account whose login has expired, until it is relinked', async () => {
    const other = await createClaimsClient(server(), emr);
    const claimsPath = '/v1/claims';
    expect((await other.call('GET', claimsPath)).status).toBe(200);
    await expireLogin(server(), other);
    server().clock.advance(1_000);
    for (const operation of ofAccounts) {
      const answer = await callWith(operation, other.headers);
      expect([answer.status, answer.body]).toEqual([
        403,
        { success: false, error: 'login_required', message: expired },
      ]);
    }
    await asSystem(() => relinkAccount(server().app.linkedAccounts, other, { by: 'operator' }));
    server().clock.advance(1_000);
    expect((await other.call('GET', claimsPath)).status).toBe(200);
  });
});

describe('what is taken back is dead within a second', () => {
  test('a client, and no other client of the organization', async () => {
    const { app, clock, database } = server();
    const other = await createClaimsClient(server(), emr);
    const { organizationId } = other;
    const second = await issueClaimsClient(database, app.identity, { organizationId, name: 'second' });
    const keys = { client_id: second.clientId, client_secret: second.clientSecret };
    expect((await other.call('GET', '/v1/claims', undefined, keys)).status).toBe(200);
    expect(await revokeClient(database, organizationId, second.clientId, clock.now())).toBe(1);
    clock.advance(1_000);
    expectClaimsError(await other.call('GET', '/v1/claims', undefined, keys), 401, invalid);
    expect((await other.call('GET', '/v1/claims')).status).toBe(200);
  });

  test('an account’s token, when the account is unlinked or the token made anew', async () => {
    const { app, clock } = server();
    const other = await createClaimsClient(server(), emr);
    const { accessToken } = await asSystem(() =>
      relinkAccount(app.linkedAccounts, other, { by: 'operator', rotateToken: true }),
    );
    clock.advance(1_000);
    expectClaimsError(await other.call('GET', '/v1/claims'), 401, invalid);
    const renewed = { access_token: String(accessToken) };
    expect((await other.call('GET', '/v1/claims', undefined, renewed)).status).toBe(200);
    await asSystem(() => unlinkAccount(app.linkedAccounts, other));
    clock.advance(1_000);
    expectClaimsError(await other.call('GET', '/v1/claims', undefined, renewed), 401, invalid);
  });
});

test('only keyed hashes are stored', async () => {
  const text = await tableText(server().database, ['claims_client', 'linked_account']);
  const { client_id, client_secret, access_token } = client.headers;
  expect(text).toContain(client_id);
  for (const secret of [client_secret, access_token]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(secret.slice(-36, -6));
    expect(server().logged()).not.toContain(secret);
  }
});

test('a made-up secret or token is refused without asking the database', async () => {
  const { database } = server();
  const made = `cs_sandbox_${'0'.repeat(36)}`;
  await database.execute('alter table claims_client rename to claims_client_away');
  await database.execute('alter table linked_account rename to linked_account_away');
  try {
    server().clock.advance(1_000);
    const answer = await client.call('GET', '/v1/claims', undefined, { client_secret: made });
    expectClaimsError(answer, 401, invalid);
    // What has the right form is looked up, which now is impossible.
    expect((await client.call('GET', '/v1/claims')).status).toBe(500);
  } finally {
    await database.execute('alter table claims_client_away rename to claims_client');
    await database.execute('alter table linked_account_away rename to linked_account');
  }
});
