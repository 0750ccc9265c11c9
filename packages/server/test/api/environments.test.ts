import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { mintToken } from '../../src/identity/token.ts';
import { startServer } from '../../src/serve.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { createApiClient } from '../support/api/api-client.ts';
import { operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { approval, authorizationsPath, createCase, succeed, uploadFile } from '../support/api/sample-case.ts';
import { testMasterKey, useTestServer } from '../support/api/test-server.ts';

const production = { PRECERT_ENVIRONMENT: 'production' };
const payerEvents = (id: string) => `/v1/sandbox/prior-auth/authorizations/${id}/payer-events`;

function outcome({ status, body }: Answer): string {
  return `${status} ${body?.code}`;
}

/** A caller with a well-formed token that no server of the tests has issued. */
function strangerTo(baseUrl: string, bearerToken: string): ApiClient {
  return createApiClient(baseUrl, { organizationId: 'org_of_another_server', bearerToken });
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

  test('answers 403 to a sandbox token on every route, and 401 to what is no token', async () => {
    const client = await server().newOrganization();
    const sandbox = strangerTo(server().baseUrl, mintToken('sandbox'));
    const lookalike = strangerTo(server().baseUrl, `${mintToken('sandbox').slice(0, -1)}!`);
    for (const operation of operationsOf(await readOpenApi(client))) {
      if (operation.isPublic) continue;
      const refused = await sandbox.call(operation.method, pathOf(operation));
      expect([operation.operationId, outcome(refused)]).toEqual([
        operation.operationId,
        '403 insufficient_permissions',
      ]);
      const unknown = await lookalike.call(operation.method, pathOf(operation));
      expect([operation.operationId, outcome(unknown)]).toEqual([operation.operationId, '401 unauthorized']);
    }
  });
});

describe('a sandbox server', () => {
  const server = useTestServer();

  test('answers 403 to a production token on every route, sandbox routes included', async () => {
    const client = await server().newOrganization();
    expect(client.bearerToken).toMatch(/^precert_sandbox_/);
    const stranger = strangerTo(server().baseUrl, mintToken('production'));
    const operations = operationsOf(await readOpenApi(client));
    expect(operations.map(({ operationId }) => operationId)).toContain('injectPayerEvent');
    for (const operation of operations) {
      if (operation.isPublic) continue;
      const answer = await stranger.call(operation.method, pathOf(operation));
      expect([operation.operationId, outcome(answer)]).toEqual([
        operation.operationId,
        '403 insufficient_permissions',
      ]);
    }
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
