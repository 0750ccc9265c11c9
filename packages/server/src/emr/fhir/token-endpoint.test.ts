import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonAnswer } from '../../../test/support/emr/scripted-emr.ts';
import { createCountingBudget } from '../../../test/support/emr/simulated-practice.ts';
import type { HttpExchange, HttpRequest } from '../fhir-rest/http-exchange.ts';
import { readSettings } from './settings.ts';
import { type IssuedToken, requestToken } from './token-endpoint.ts';

const now = new Date('2026-03-13T17:00:00Z');
const tokenUrl = 'https://login.emr.example/token';
const good = { access_token: 'abc.DEF-1_~+/=', token_type: 'Bearer', expires_in: 300 };
let keysDirectory = '';

beforeAll(() => {
  keysDirectory = mkdtempSync(join(tmpdir(), 'precert-keys-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(keysDirectory, 'key.pem'), privateKey.export({ format: 'pem', type: 'pkcs1' }));
});
afterAll(() => rmSync(keysDirectory, { recursive: true }));

function ask(
  exchange: HttpExchange,
  changes: Readonly<Record<string, unknown>> = {},
  discovery?: HttpExchange,
): { readonly requests: readonly HttpRequest[]; readonly issued: Promise<IssuedToken> } {
  const requests: HttpRequest[] = [];
  const urlPolicy = { allowInsecure: false };
  const given = {
    baseUrl: 'https://emr.example/fhir',
    clientId: 'app',
    keyId: 'k1',
    privateKeyFile: 'key.pem',
    tokenUrl,
  };
  const settings = readSettings({ ...given, ...changes }, urlPolicy);
  if (settings === undefined) throw new Error('The settings of the test are wrong.');
  const dependencies = {
    clock: { now: () => now },
    budget: createCountingBudget(),
    nextId: () => 'assertion-1',
    keysDirectory,
    urlPolicy,
    openOrigins: ['https://login.emr.example'],
    send: async (request: HttpRequest) => {
      requests.push(request);
      return request.method === 'GET' ? (discovery ?? exchange) : exchange;
    },
  };
  return { requests, issued: requestToken(dependencies, settings, new AbortController().signal) };
}

test('an assertion says who asks whom, for two minutes, once', async () => {
  const { requests, issued } = ask(jsonAnswer(200, good));
  expect(await issued).toEqual({ token: good.access_token, expiresAt: new Date('2026-03-13T17:05:00Z') });
  const form = new URLSearchParams(requests[0]?.body);
  expect(form.get('grant_type')).toBe('client_credentials');
  const assertion = form.get('client_assertion') ?? '';
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS384', kid: 'k1', typ: 'JWT' });
  const at = now.getTime() / 1000;
  const claims = { iss: 'app', sub: 'app', aud: tokenUrl, jti: 'assertion-1', iat: at, exp: at + 120 };
  expect(decodeJwt(assertion)).toEqual(claims);
});

test.each([
  [3_600_000, '2026-03-13T18:00:00Z'],
  [-5, '2026-03-13T17:00:30Z'],
  [undefined, '2026-03-13T17:00:30Z'],
  ['300', '2026-03-13T17:00:30Z'],
])('a token that is said to last %s is used within reason', async (expires_in, expected) => {
  const { issued } = ask(jsonAnswer(200, { ...good, expires_in }));
  expect((await issued).expiresAt).toEqual(new Date(expected));
});

test.each([
  ['nothing', jsonAnswer(200, null)],
  ['a token that would break a header', jsonAnswer(200, { ...good, access_token: 'a\r\nb' })],
  ['no token', jsonAnswer(200, { ...good, access_token: 7 })],
  ['a token of another type', jsonAnswer(200, { ...good, token_type: 'mac' })],
  ['a redirect', jsonAnswer(302, good, { location: 'https://elsewhere.example/' })],
  ['an empty success', jsonAnswer(204, good)],
  ['a failure', jsonAnswer(500, good)],
  ['silence', { kind: 'no_answer', reason: 'It took too long.' } as const],
  ['a closed door', { kind: 'not_sent', reason: 'The connection was refused.' } as const],
])('%s is no token, and may be one later', async (_, exchange) => {
  await expect(ask(exchange).issued).rejects.toMatchObject({ name: 'EmrReadError', kind: 'unavailable' });
});

test('a refusal repeats the error code of OAuth and nothing else', async () => {
  const said = (body: unknown) => ask(jsonAnswer(400, body)).issued.catch((error: Error) => error.message);
  expect(await said({ error: 'invalid_client', error_description: 'Jane' })).toMatch(
    /account \(invalid_client\)\.$/,
  );
  expect(await said({ error: 'Jane Doe' })).toMatch(/for the account\.$/);
});

test('no token is asked for at an address that the policy forbids', async () => {
  const found = ask(jsonAnswer(200, { token_endpoint: 'http://emr.example/token' }), { tokenUrl: undefined });
  await expect(found.issued).rejects.toMatchObject({ kind: 'unavailable' });
  expect(found.requests.map(({ url }) => url.href)).toEqual([
    'https://emr.example/fhir/.well-known/smart-configuration',
  ]);
});

test.each([
  ['the EMR’s own origin', 'https://emr.example/oauth/token'],
  ['an origin that the operator opened', 'https://login.emr.example/token'],
])('a token is asked for where the EMR says, at %s', async (_, named) => {
  const discovery = jsonAnswer(200, { token_endpoint: named });
  const { requests, issued } = ask(jsonAnswer(200, good), { tokenUrl: undefined }, discovery);
  expect((await issued).token).toBe(good.access_token);
  expect(requests.at(-1)?.url.href).toBe(named);
});

test.each([
  'https://10.0.0.1/token',
  'https://emr.example:8443/token',
  'https://emr.example.elsewhere.example/token',
])('no assertion goes to %s because the EMR says so', async (named) => {
  const discovery = jsonAnswer(200, { token_endpoint: named });
  const { requests, issued } = ask(jsonAnswer(200, good), { tokenUrl: undefined }, discovery);
  const message = expect.stringContaining('set tokenUrl');
  await expect(issued).rejects.toMatchObject({ kind: 'unavailable', message });
  expect(requests.map(({ method }) => method)).toEqual(['GET']);
});
