import { beforeAll, describe, expect, test } from 'vitest';
import { mintToken } from '../../src/identity/token.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { type Operation, operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { createCase } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();
let client: ApiClient;
let operations: readonly Operation[];
let authorizationId: string;

beforeAll(async () => {
  client = await server().newOrganization();
  operations = operationsOf(await readOpenApi(client));
  authorizationId = (await createCase(client)).id;
});

/** Word for word: a header that is weakened or lost changes this. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** What answers may carry beside these. No server, no version, nothing for other origins. */
const otherHeaders = [
  'allow',
  'connection',
  'content-disposition',
  'content-length',
  'content-type',
  'date',
  'etag',
  'idempotent-replayed',
  'keep-alive',
  'location',
  'retry-after',
  'transfer-encoding',
  'www-authenticate',
  'x-request-id',
];

function expectSafeHeaders(name: string, { status, headers, body }: Answer): void {
  const shown = Object.fromEntries([...headers].filter(([header]) => !otherHeaders.includes(header)));
  expect([name, status, shown]).toEqual([name, status, securityHeaders]);
  if (body === undefined) return;
  expect([name, headers.get('content-type')]).toEqual([name, 'application/json; charset=utf-8']);
}

/** Errors say what they are in the envelope, and nothing of what is behind it. */
function expectEnvelope(name: string, answer: Answer): void {
  const { headers, body } = answer;
  const known = ['code', 'details', 'issues', 'message', 'requestId', 'retryable'];
  expect([name, Object.keys(body).filter((field) => !known.includes(field))]).toEqual([name, []]);
  expect([name, body.requestId]).toEqual([name, headers.get('x-request-id')]);
  expectNothingBehind(answer);
}

/** The claims surface has an envelope of its own. */
function expectClaimsEnvelope(name: string, answer: Answer): void {
  const { success, message, ...more } = answer.body;
  expect([name, success, typeof message]).toEqual([name, false, 'string']);
  expect([name, Object.keys(more).filter((field) => field !== 'error')]).toEqual([name, []]);
  expectNothingBehind(answer);
}

function expectNothingBehind({ body }: Answer): void {
  expect(JSON.stringify(body)).not.toMatch(
    /node_modules|\.ts:|at \w+ \(|fastify|postgres|pglite|\bselect\b/i,
  );
}

describe('the headers of every operation', () => {
  const callers: readonly (readonly [name: string, (good: ApiClient) => string])[] = [
    ['with its bearer', (good) => good.bearerToken],
    ['with a token nobody was given', () => mintToken('sandbox')],
    ['with a token of the other environment', () => mintToken('production')],
  ];

  test.each(callers)('are the safe ones %s', async (_name, tokenOf) => {
    const headers = { authorization: `Bearer ${tokenOf(client)}` };
    for (const operation of operations) {
      const path = pathOf(operation, { authorizationId });
      const answer = await client.send(path, { method: operation.method, headers });
      expectSafeHeaders(operation.operationId, answer);
      if (answer.status < 400) continue;
      const expectError = ['client', 'account'].includes(operation.credentials)
        ? expectClaimsEnvelope
        : expectEnvelope;
      expectError(operation.operationId, answer);
    }
  });

  test('are the safe ones for a preflight of another origin, which gets no leave', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    for (const operation of operations) {
      const answer = await client.send(pathOf(operation), { method: 'OPTIONS', headers });
      expect([operation.operationId, answer.status]).toEqual([operation.operationId, 405]);
      expectSafeHeaders(operation.operationId, answer);
    }
  });

  test.each([
    '/',
    '/v1',
    '/v1/nothing',
    '/v1/payers/',
    '/admin',
    '/.env',
    '/metrics',
    '/v1/%ff',
    '//v1/payers',
  ])('are the safe ones where there is no such route: %s', async (path) => {
    const answer = await client.call('GET', path);
    expect([400, 404]).toContain(answer.status);
    expectSafeHeaders(path, answer);
    expectEnvelope(path, answer);
  });

  test('are the safe ones when something breaks', async () => {
    const { database } = server();
    await database.execute('alter table prior_authorization rename to elsewhere');
    const answer = await client.call('GET', `/v1/prior-auth/authorizations/${authorizationId}`);
    await database.execute('alter table elsewhere rename to prior_authorization');
    expect([answer.status, answer.body.code]).toEqual([500, 'internal_error']);
    expectSafeHeaders('a broken server', answer);
    expectEnvelope('a broken server', answer);
  });
});

describe('the headers of the reference', () => {
  test.each([
    ['/openapi.json', 'application/json; charset=utf-8', { 'cache-control': 'no-cache' }],
    ['/docs/start.js', 'text/javascript; charset=utf-8', {}],
    ['/docs/reference.js', 'text/javascript; charset=utf-8', { 'cache-control': 'private, max-age=3600' }],
  ])('%s are the safe ones, but for how long it may be kept', async (path, type, changed) => {
    const { headers } = await client.call('GET', path);
    const shown = Object.fromEntries([...headers].filter(([header]) => !otherHeaders.includes(header)));
    expect(shown).toEqual({ ...securityHeaders, ...changed });
    expect(headers.get('content-type')).toBe(type);
  });

  test('let the page run its own scripts, and nothing from anywhere else', async () => {
    const { headers } = await client.call('GET', '/docs');
    const { 'content-security-policy': policy, ...shown } = Object.fromEntries(
      [...headers].filter(([header]) => !otherHeaders.includes(header)),
    );
    const { 'content-security-policy': _strict, ...expected } = securityHeaders;
    expect(shown).toEqual(expected);
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });
});
