import { beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from '../../src/identity/scope.ts';
import { type AcceptableRequest, acceptableRequests } from '../support/api/acceptable-requests.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach } from '../support/api/case-record.ts';
import { type Operation, operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { createCaseInState, succeed, uploadFile } from '../support/api/sample-case.ts';
import { tableContents } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { openSession } from '../support/api/upload-session.ts';
import { credentialOf } from '../support/identity/credential-of.ts';

const server = useTestServer();
const scopeOrder: readonly (string | undefined)[] = ['read', 'write', 'admin'];

let owner: ApiClient;
let guarded: readonly Operation[];
let acceptable: readonly AcceptableRequest[];
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  owner = await server().newOrganization();
  guarded = operationsOf(await readOpenApi(owner)).filter(({ credentials }) => credentials === 'bearer');
  acceptable = await acceptableRequests(owner);
  const asked = await createCaseInState(owner, 'action_required');
  const fileId = await uploadFile(owner);
  const attachment = succeed(await attach(owner, asked.id, { fileId, label: 'Note' }));
  ids = {
    authorizationId: asked.id,
    actionId: asked.actions[0].id,
    attachmentId: attachment.id,
    fileId: (await openSession(owner)).id,
    payerId: 'payer_aetna',
    credentialId: (await credentialOf(server(), owner, { scope: 'read' })).credentialId,
  };
}, 120_000);

/** A request to the operation that a credential of every scope would be granted, about things that are there. */
function tryOperation(client: ApiClient, operation: Operation): Promise<Answer> {
  const known = acceptable.find(({ operationId }) => operationId === operation.operationId);
  if (known !== undefined) return client.call(known.method, known.path, known.body);
  if (operation.operationId !== 'uploadFileContent')
    return client.call(operation.method, pathOf(operation, ids));
  const init = { method: 'PUT', headers: { 'content-type': 'application/pdf' }, body: '%PDF-1.7' };
  return client.send(pathOf(operation, ids), init);
}

function isBeyond(operation: Operation, scope: Scope): boolean {
  return scopeOrder.indexOf(operation.scope) > scopeOrder.indexOf(scope);
}

describe('every documented operation', () => {
  test('names one of the scopes, reading ones `read` and changing ones more', () => {
    for (const { operationId, method, path, scope } of guarded) {
      const isAdmins = /^\/v1\/(credentials|linked-accounts|audit-entries)/.test(path);
      const expected = isAdmins ? 'admin' : method === 'GET' ? 'read' : 'write';
      expect([operationId, scope]).toEqual([operationId, expected]);
    }
  });

  test.each(['read', 'write'] as const)(
    'answers 403 to a credential of scope %s when it needs more, and changes nothing',
    async (scope) => {
      const client = await credentialOf(server(), owner, { scope });
      const refused = guarded.filter((operation) => isBeyond(operation, scope));
      expect(refused.length).toBeGreaterThanOrEqual(scope === 'read' ? 14 : 3);
      const rows = await tableContents(server().database);
      for (const operation of refused) {
        const { status, body } = await tryOperation(client, operation);
        expect([operation.operationId, status, body]).toEqual([
          operation.operationId,
          403,
          {
            code: 'insufficient_permissions',
            message: `The credential lacks the scope \`${operation.scope}\`.`,
            details: { requiredScope: operation.scope },
            requestId: expect.any(String),
            retryable: false,
          },
        ]);
      }
      expect(await tableContents(server().database)).toEqual(rows);
    },
  );

  test.each(['read', 'write', 'admin'] as const)(
    'is open to a credential of scope %s when that is enough',
    async (scope) => {
      const client = await credentialOf(server(), owner, { scope });
      for (const operation of guarded.filter((candidate) => !isBeyond(candidate, scope))) {
        const { status, body } = await tryOperation(client, operation);
        expect([operation.operationId, status === 401, body?.code]).not.toEqual([
          operation.operationId,
          false,
          'insufficient_permissions',
        ]);
        expect(status, operation.operationId).toBeLessThan(500);
      }
    },
  );

  test('refuses before it reads a body, whatever the body is', async () => {
    const client = await credentialOf(server(), owner, { scope: 'read' });
    const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"broken' };
    const answer = await client.send('/v1/prior-auth/authorizations', body);
    expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_permissions']);
  });

  test('treats HEAD as it treats GET', async () => {
    const client = await credentialOf(server(), owner, { scope: 'read' });
    expect((await client.call('HEAD', '/v1/payers')).status).toBe(200);
    expect((await client.call('HEAD', '/v1/credentials')).status).toBe(403);
  });
});
