import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../../scripts/generated-files.ts';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { mintToken } from '../../src/identity/token.ts';
import { startServer } from '../../src/serve.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { createApiClient } from '../support/api/api-client.ts';
import { operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { approval, authorizationsPath, createCase, succeed, uploadFile } from '../support/api/sample-case.ts';
import { tableContents } from '../support/api/table-contents.ts';
import { type TestServer, testMasterKey, useTestServer } from '../support/api/test-server.ts';

const production = { PRECERT_ENVIRONMENT: 'production' };
const payerEvents = (id: string) => `/v1/sandbox/prior-auth/authorizations/${id}/payer-events`;

function outcome({ status, body }: Answer): string {
  return `${status} ${body?.code}`;
}

/** A caller with a well-formed token that no server of the tests has issued. */
function strangerTo(baseUrl: string, bearerToken: string): ApiClient {
  return createApiClient(baseUrl, { organizationId: 'org_of_another_server', bearerToken });
}

/** Every operation there is, whichever environment serves it. */
const everyOperation = operationsOf(
  JSON.parse(readFileSync(join(repository, 'packages/server/openapi.json'), 'utf8')),
);

/** Who is calling, and what a server of the environment has to say to that before anything else. */
const callers: readonly (readonly [
  name: string,
  tokenOf: () => string,
  outcomeIn: (host: string) => string,
])[] = [
  ['a sandbox token', () => mintToken('sandbox'), (host) => (host === 'sandbox' ? '401' : '403')],
  ['a production token', () => mintToken('production'), (host) => (host === 'production' ? '401' : '403')],
  [
    'a token of an environment that is none',
    () => mintToken('sandbox').replace('sandbox', 'staging'),
    () => '401',
  ],
  ['a token without environment', () => mintToken('sandbox').replace('sandbox_', ''), () => '401'],
  ['a key of WorkOS', () => 'sk_test_a2V5XzAxSFhZWg', () => '401'],
  ['a session', () => 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhIn0.c2ln', () => '401'],
];

const codes: Readonly<Record<string, string>> = { 401: 'unauthorized', 403: 'insufficient_permissions' };

/** Every operation × every kind of stranger × the host's environment: what is answered, and that nothing changed. */
async function expectStrangersRefused(host: 'sandbox' | 'production', server: TestServer): Promise<void> {
  const rows = await tableContents(server.database);
  for (const [name, tokenOf, outcomeIn] of callers) {
    const stranger = strangerTo(server.baseUrl, tokenOf());
    for (const operation of everyOperation.filter(({ credentials }) => credentials === 'bearer')) {
      const isAbsent = host === 'production' && operation.path.startsWith('/v1/sandbox/');
      const status = isAbsent ? '404' : outcomeIn(host);
      const answer = await stranger.call(operation.method, pathOf(operation));
      expect([name, operation.operationId, outcome(answer)]).toEqual([
        name,
        operation.operationId,
        `${status} ${isAbsent ? 'not_found' : codes[status]}`,
      ]);
    }
  }
  expect(await tableContents(server.database)).toEqual(rows);
}

describe('a production server', () => {
  const server = useTestServer({ settings: production });

  test('issues credentials that say so, and serves them', async () => {
    const client = await server().newOrganization();
    expect(client.bearerToken).toMatch(/^precert_production_[0-9A-Za-z]{36}$/);
    expect(await createCase(client)).toMatchObject({ workflowState: 'needs_input' });
  });

  test('has no sandbox routes, for whomever and with whatever', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const callers = [
      client,
      strangerTo(server().baseUrl, mintToken('sandbox')),
      strangerTo(server().baseUrl, mintToken('production')),
      strangerTo(server().baseUrl, 'garbage'),
    ];
    for (const caller of callers) {
      for (const path of [
        payerEvents(id),
        payerEvents('auth_1'),
        '/v1/sandbox',
        '/v1/sandbox/',
        '/v1/sandbox/x',
      ]) {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
          const answer = await caller.call(method, path, method === 'POST' ? approval('file_1') : undefined);
          expect([method, path, outcome(answer)]).toEqual([method, path, '404 not_found']);
        }
      }
    }
    const anonymous = await fetch(`${server().baseUrl}${payerEvents(id)}`, { method: 'POST' });
    const body: Answer['body'] = await anonymous.json();
    expect([anonymous.status, body.code]).toEqual([404, 'not_found']);
    expect(succeed(await client.call('GET', `${authorizationsPath}/${id}`)).version).toBe(1);
  });

  test('documents no sandbox route', async () => {
    const operations = operationsOf(await readOpenApi(await server().newOrganization()));
    expect(operations.filter(({ path }) => path.includes('sandbox'))).toEqual([]);
    expect(operations.length).toBeGreaterThan(15);
  });

  test('takes no document for a simulated payer', async () => {
    const client = await server().newOrganization();
    const session = {
      fileName: 'decision.pdf',
      contentType: 'application/pdf',
      purpose: 'sandbox_payer_document',
    };
    const answer = await client.call('POST', '/v1/files', session);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'validation_error',
      issues: [{ field: 'purpose', code: 'invalid_enum' }],
    });
    const stored = await server().database.query('select 1 from file where purpose = $1', [session.purpose]);
    expect(stored).toEqual([]);
    expect(await uploadFile(client)).toMatch(/^file_/);
  });

  test('refuses every kind of stranger on every route', { timeout: 60_000 }, async () => {
    await expectStrangersRefused('production', server());
  });

  test('knows its own credential on every route, and has no sandbox routes for it', async () => {
    const client = await server().newOrganization();
    for (const operation of everyOperation.filter(({ credentials }) => credentials === 'bearer')) {
      const answer = await client.call(operation.method, pathOf(operation));
      const isAbsent = operation.path.startsWith('/v1/sandbox/');
      expect([operation.operationId, answer.body?.code === 'not_found']).toEqual([
        operation.operationId,
        isAbsent,
      ]);
      expect(outcome(answer)).not.toMatch(/^401|insufficient/);
    }
  });
});

describe('a sandbox server', () => {
  const server = useTestServer();

  test('refuses every kind of stranger on every route, sandbox routes included', {
    timeout: 60_000,
  }, async () => {
    expect(everyOperation.map(({ operationId }) => operationId)).toContain('injectPayerEvent');
    await expectStrangersRefused('sandbox', server());
  });

  test('does not accept a row of the other environment, should one come into its database', async () => {
    const client = await server().newOrganization();
    await server().database.execute(
      "update credential set environment = 'production' where organization_id = $1",
      [client.organizationId],
    );
    expect(outcome(await client.call('GET', authorizationsPath))).toBe('401 unauthorized');
  });
});

describe('the configuration', () => {
  const complete = {
    ...production,
    DATABASE_URL: 'postgresql://precert@db/precert',
    PRECERT_SECRET: 's'.repeat(32),
    PRECERT_MASTER_KEY: testMasterKey,
  };

  function mistakesOf(variables: Record<string, string | undefined>): readonly string[] {
    try {
      readConfig(variables);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.mistakes;
      throw error;
    }
  }

  test('of production needs a database and a secret of its own', () => {
    expect(mistakesOf(complete)).toEqual([]);
    expect(mistakesOf({ ...complete, DATABASE_URL: undefined })).toEqual([
      expect.stringContaining('DATABASE_URL is missing'),
    ]);
    expect(mistakesOf({ ...complete, PRECERT_SECRET: '  ' })).toEqual([
      expect.stringContaining('PRECERT_SECRET is missing'),
    ]);
    expect(mistakesOf({ ...complete, PRECERT_MASTER_KEY: undefined })).toEqual([
      expect.stringContaining('PRECERT_MASTER_KEY is missing'),
    ]);
    const inKms = { PRECERT_MASTER_KEY: undefined, PRECERT_KMS_KEY_ID: 'alias/precert' };
    expect(mistakesOf({ ...complete, ...inKms })).toEqual([]);
    expect(mistakesOf({ ...complete, PRECERT_SECRET: 'short' })).toEqual([
      'PRECERT_SECRET is shorter than 32 characters.',
    ]);
  });

  test('of a sandbox needs nothing, and sandbox is what it is when nothing is said', () => {
    expect(mistakesOf({})).toEqual([]);
    expect(readConfig({}).config.environment).toBe('sandbox');
  });

  test('tells all its mistakes at once, without their values', () => {
    const wrong = {
      PRECERT_ENVIRONMENT: 'Production',
      PORT: '70000',
      DATABASE_URL: 'mysql://user:hunter2@db/precert',
      PRECERT_SECRET: 'hunter3',
      PRECERT_MASTER_KEY: 'a:hunter5',
      PRECERT_KMS_ENDPOINT: 'http://kms.example',
      PRECERT_BASE_URL: 'ftp://example.com',
      PRECERT_LOG_LEVEL: 'loud',
      PRECERT_SUBMIT_WAIT_MS: '-1',
      PRECERT_SERCET: 'hunter4',
    };
    const mistakes = mistakesOf(wrong);
    const names = mistakes.map((mistake) => mistake.split(' ')[0]).toSorted();
    expect(names).toEqual(Object.keys(wrong).toSorted());
    expect(mistakes.join('\n')).not.toMatch(/hunter/);
    expect(mistakesOf(production)).toHaveLength(3);
    const twice = `${testMasterKey}\n${testMasterKey}`;
    expect(mistakesOf({ PRECERT_MASTER_KEY: twice })).toEqual([expect.stringContaining('each id once')]);
  });

  test('keeps a production server without them from starting at all', async () => {
    await expect(startServer(production)).rejects.toThrow(
      /DATABASE_URL is missing[\s\S]*PRECERT_SECRET is missing/,
    );
  });
});
