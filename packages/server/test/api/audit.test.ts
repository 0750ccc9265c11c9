import { beforeAll, describe, expect, test } from 'vitest';
import { auditedOperations } from '../../src/audit/audited-operations.ts';
import { mintToken } from '../../src/identity/token.ts';
import { acceptableRequests } from '../support/api/acceptable-requests.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { auditRows, credentialIdOf, rowsOfAnswer } from '../support/api/audit-rows.ts';
import { attach } from '../support/api/case-record.ts';
import { type Operation, operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { authorizationsPath, createCaseInState, succeed, uploadFile } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { download } from '../support/api/upload-session.ts';
import { credentialOf } from '../support/identity/credential-of.ts';

const server = useTestServer();
let guarded: readonly Operation[];
let ofBearers: readonly Operation[];

beforeAll(async () => {
  const client = await server().newOrganization();
  guarded = operationsOf(await readOpenApi(client)).filter(({ credentials }) => credentials !== 'none');
  ofBearers = guarded.filter(({ credentials }) => credentials === 'bearer');
});

/** Calls each operation once, with a body that may be wrong; each answer must have one entry. */
async function callEach(
  operations: readonly Operation[],
  call: (operation: Operation) => Promise<Pick<Answer, 'status' | 'headers'>>,
  expected: (operation: Operation, status: number) => object,
): Promise<void> {
  for (const operation of operations) {
    const answer = await call(operation);
    const rows = await rowsOfAnswer(server(), answer);
    expect(rows, operation.operationId).toEqual([
      expect.objectContaining({
        operation: operation.operationId,
        status: answer.status,
        ...expected(operation, answer.status),
      }),
    ]);
  }
}

const withoutToken = (operation: Operation, headers: Record<string, string> = {}) =>
  fetch(`${server().baseUrl}${pathOf(operation)}`, {
    method: operation.method,
    headers: { ...headers, ...(operation.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(operation.body === undefined ? {} : { body: '{}' }),
  });

describe('the table of operations', () => {
  test('says of every operation behind authentication what it touches, and of no other', () => {
    expect(guarded.length).toBeGreaterThan(50);
    expect(Object.keys(auditedOperations).sort()).toEqual(
      guarded.map(({ operationId }) => operationId).sort(),
    );
  });

  test('calls everything a write that may change something', () => {
    const reads = guarded.filter(({ method }) => method === 'GET').map(({ operationId }) => operationId);
    const told = Object.entries(auditedOperations).filter(([, { access }]) => access === 'read');
    expect(told.map(([operationId]) => operationId).sort()).toEqual(reads.sort());
  });
});

describe('every operation', () => {
  test('without credentials leaves one entry in the chain of unknown callers', async () => {
    await callEach(guarded, withoutToken, () => ({
      organization: 'unknown',
      actorKind: 'unknown',
      actorId: null,
      outcome: 'refused',
      status: 401,
      errorCode: 'unauthorized',
      resourceIds: [],
    }));
  });

  test('with a token of the other environment leaves one entry there', async () => {
    const authorization = `Bearer ${mintToken('production')}`;
    await callEach(
      ofBearers,
      (operation) => withoutToken(operation, { authorization }),
      () => ({
        organization: 'unknown',
        outcome: 'refused',
        status: 403,
        errorCode: 'insufficient_permissions',
      }),
    );
  });

  test('with a key whose scope does not suffice leaves one entry in the chain of its organization', async () => {
    const reader = await credentialOf(server(), await server().newOrganization(), { scope: 'read' });
    await callEach(
      ofBearers.filter(({ scope }) => scope !== 'read'),
      (operation) => reader.call(operation.method, pathOf(operation), operation.body && {}),
      () => ({
        organization: reader.organizationId,
        actorId: reader.credentialId,
        outcome: 'refused',
        status: 403,
        errorCode: 'insufficient_permissions',
      }),
    );
  });

  test('on ids that nobody has leaves one entry of the caller, with the ids', async () => {
    const client = await server().newOrganization();
    const actorId = await credentialIdOf(server(), client);
    await callEach(
      ofBearers,
      (operation) => client.call(operation.method, pathOf(operation), operation.body && {}),
      (operation, status) => ({
        organization: client.organizationId,
        actorKind: 'key',
        actorId,
        outcome: status < 400 ? 'allowed' : [403, 404].includes(status) ? 'refused' : 'failed',
        resourceIds: expectedIds(operation, status),
      }),
    );
  });

  /** Ids in the path that are of a kind the trail keeps; payers are nobody's data. */
  function expectedIds(operation: Operation, status: number): unknown {
    if (status < 400) return expect.any(Array);
    const ids = pathOf(operation)
      .split('/')
      .filter((part) => part.includes('_01kkm280m0'));
    return operation.operationId === 'getPayer' ? [] : ids.filter((id) => /^[a-z]{2,4}_/.test(id));
  }

  test('that succeeds leaves one entry, with the ids it touched', { timeout: 120_000 }, async () => {
    const client = await server().newOrganization();
    const actorId = await credentialIdOf(server(), client);
    const requests = await acceptableRequests(client);
    const succeeded = new Set<string>();
    for (const { operationId, method, path, body } of requests) {
      const answer = await client.call(method, path, body);
      const rows = await rowsOfAnswer(server(), answer);
      if (answer.status >= 400) continue;
      succeeded.add(operationId);
      expect(rows).toEqual([
        expect.objectContaining({
          organization: client.organizationId,
          actorKind: 'key',
          actorId,
          operation: operationId,
          outcome: 'allowed',
          status: answer.status,
          errorCode: null,
        }),
      ]);
      const ids = path.split('/').filter((part) => /^(auth|file|act|whe|whd|acc)_/.test(part));
      if (answer.body?.id !== undefined && method === 'POST' && ids.length === 0) ids.push(answer.body.id);
      expect(rows[0]?.resourceIds).toEqual(expect.arrayContaining(ids));
    }
    expect([...succeeded]).toEqual([...new Set(requests.map(({ operationId }) => operationId))]);
  });
});

describe('an entry', () => {
  test('of somebody else’s id is in the stranger’s chain, refused, and like that of an id nobody has', async () => {
    const [owner, stranger] = [await server().newOrganization(), await server().newOrganization()];
    const { id } = await createCaseInState(owner, 'needs_input');
    const before = await auditRows(server(), 'organization_id = $1', [owner.organizationId]);
    const answer = await stranger.call('GET', `${authorizationsPath}/${id}`);
    expect(await rowsOfAnswer(server(), answer)).toMatchObject([
      {
        organization: stranger.organizationId,
        outcome: 'refused',
        status: 404,
        errorCode: 'authorization_not_found',
        resourceType: 'prior_authorization',
        resourceIds: [id],
      },
    ]);
    expect(await auditRows(server(), 'organization_id = $1', [owner.organizationId])).toEqual(before);
  });

  test('of a list names everything it showed', async () => {
    const client = await server().newOrganization();
    const ids = [(await createCaseInState(client, 'needs_input')).id];
    ids.push((await createCaseInState(client, 'needs_input')).id);
    const [row] = await rowsOfAnswer(server(), await client.call('GET', authorizationsPath));
    expect(row?.resourceIds.toSorted()).toEqual(ids.sort());
  });

  test('of a download is there before its bytes are, for GET and for HEAD', async () => {
    const client = await server().newOrganization();
    const id = await uploadFile(client);
    const got = await download(client, id);
    expect(await rowsOfAnswer(server(), got)).toMatchObject([
      { operation: 'downloadFile', outcome: 'allowed', status: 200, resourceType: 'file', resourceIds: [id] },
    ]);
    const { downloadUrl } = succeed(await client.call('GET', `/v1/files/${id}`));
    const head = await client.send(downloadUrl, { method: 'HEAD' });
    expect(await rowsOfAnswer(server(), head)).toMatchObject([{ operation: 'downloadFile', status: 200 }]);
  });

  test('of a request that names ids in its body has those too, but nothing that is no id', async () => {
    const client = await server().newOrganization();
    const { id } = await createCaseInState(client, 'needs_input');
    const fileId = await uploadFile(client);
    const attached = await attach(client, id, { fileId, label: 'Note' });
    const [row] = await rowsOfAnswer(server(), attached);
    expect(row?.resourceIds).toEqual([id, fileId, attached.body.id]);
    const wrong = await attach(client, id, { fileId: 'jane_doe', label: 'Note' });
    expect((await rowsOfAnswer(server(), wrong))[0]).toMatchObject({ outcome: 'refused', resourceIds: [id] });
  });

  test('of a body that fails validation says so', async () => {
    const client = await server().newOrganization();
    const answer = await client.call('POST', authorizationsPath, { patient: 'Jane' });
    expect(await rowsOfAnswer(server(), answer)).toMatchObject([
      { operation: 'createAuthorization', outcome: 'failed', status: 400, errorCode: 'validation_error' },
    ]);
  });

  test('tells of a case given to its payer, by the system', async () => {
    const client = await server().newOrganization();
    const { id, latestSubmission } = await createCaseInState(client, 'pending_payer');
    const rows = await auditRows(server(), `organization_id = $1 and actor_kind = 'system'`, [
      client.organizationId,
    ]);
    expect(rows).toMatchObject([
      {
        operation: 'deliver-submission',
        outcome: 'allowed',
        resourceType: 'prior_authorization',
        resourceIds: [id, latestSubmission.id],
        status: null,
        requestId: null,
      },
    ]);
  });

  test('has no gap to the one before it', async () => {
    const client = await server().newOrganization();
    await createCaseInState(client, 'pending_payer');
    await Promise.all(Array.from({ length: 50 }, () => client.call('GET', authorizationsPath)));
    const rows = await auditRows(server(), 'organization_id = $1', [client.organizationId]);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_row, index) => index + 1));
  });

  test('is not left by probes and pages for people', async () => {
    const paths = ['/health', '/ready', '/docs', '/openapi.json', '/v1/no-such-route'];
    for (const path of paths) {
      const answer = await fetch(`${server().baseUrl}${path}`);
      expect(await rowsOfAnswer(server(), answer), path).toEqual([]);
    }
  });
});

describe('GET /v1/audit-entries', () => {
  const path = '/v1/audit-entries';
  let client: ApiClient;
  let caseId: string;
  let list: (query?: string) => Promise<Answer['body']>;

  beforeAll(async () => {
    client = await server().newOrganization();
    caseId = (await createCaseInState(client, 'needs_input')).id;
    server().clock.advance(60_000);
    for (let count = 0; count < 5; count += 1) await client.call('GET', `${authorizationsPath}/${caseId}`);
    await client.call('GET', `${authorizationsPath}/auth_${'0'.repeat(26)}`);
    list = async (query = '') => {
      await server().app.audit.moveJournal();
      return succeed(await client.call('GET', `${path}${query}`));
    };
  });

  test('lists newest first, whole entries', async () => {
    const { data } = await list('?limit=3');
    expect(data[0]).toEqual({
      id: expect.stringMatching(/^aud_/),
      sequence: expect.any(Number),
      occurredAt: expect.stringMatching(/Z$/),
      actor: {
        kind: 'key',
        id: await credentialIdOf(server(), client),
        subject: null,
        impersonator: null,
      },
      operation: 'getAuthorization',
      resource: { type: 'prior_authorization', ids: [`auth_${'0'.repeat(26)}`] },
      outcome: 'refused',
      status: 404,
      errorCode: 'authorization_not_found',
      requestId: expect.stringMatching(/^req_/),
    });
    expect(data[1]).toMatchObject({ outcome: 'allowed', errorCode: null, resource: { ids: [caseId] } });
  });

  test('leads from page to page without loss or repetition while it grows by being read', async () => {
    const seen: number[] = [];
    let cursor = '';
    do {
      const page = await list(`?limit=2&operation=getAuthorization${cursor}`);
      seen.push(...page.data.map(({ sequence }: { sequence: number }) => sequence));
      cursor = page.pagination.hasMore ? `&cursor=${page.pagination.nextCursor}` : '';
    } while (cursor !== '');
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(new Set(seen).size).toBe(6);
  });

  test.each([
    ['operation', () => 'operation=createAuthorization', 1],
    [
      'time',
      () => `to=${encodeURIComponent(new Date(server().clock.now().getTime() - 30_000).toISOString())}`,
      1,
    ],
    ['time to come', () => 'from=2999-01-01', 0],
    ['resource', () => `resourceId=${caseId}`, 6],
    ['a stranger', () => 'actor=key_nobody', 0],
  ])('narrows by %s', async (_name, query, count) => {
    const { data } = await list(`?limit=100&${query()}`);
    expect(data).toHaveLength(count);
  });

  test('narrows by actor', async () => {
    const actor = await credentialIdOf(server(), client);
    const { data } = await list(`?limit=100&operation=getAuthorization&actor=${actor}`);
    expect(data).toHaveLength(6);
  });

  test('shows nothing of another organization, nor takes its cursor', async () => {
    const stranger = await server().newOrganization();
    const { pagination } = await list('?limit=1');
    const foreign = await stranger.call('GET', `${path}?limit=1&cursor=${pagination.nextCursor}`);
    expect([foreign.status, foreign.body.code]).toEqual([400, 'invalid_cursor']);
    await server().app.audit.moveJournal();
    const own = succeed(await stranger.call('GET', `${path}?limit=100`)).data;
    expect(own.map(({ operation }: { operation: string }) => operation)).toEqual(['listAuditEntries']);
    expect(JSON.stringify(own)).not.toContain(caseId);
  });

  test('is itself audited', async () => {
    const answer = await client.call('GET', path);
    expect(await rowsOfAnswer(server(), answer)).toMatchObject([
      { operation: 'listAuditEntries', resourceType: 'audit_entry', outcome: 'allowed' },
    ]);
  });
});
