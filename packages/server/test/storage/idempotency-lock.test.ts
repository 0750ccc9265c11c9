import { expect, test } from 'vitest';
import { hashKey } from '../../src/prior-authorization/idempotency.ts';
import { adakveoCase, authorizationsPath } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';

const server = useTestServer();

// The embedded engine has one session: nobody else can be in the middle of anything there.
const onPostgres = testDatabaseEngine() === 'postgres';

/** Holds the key as a request that is still running would, until `release`. */
async function holdKey(organizationId: string, key: string): Promise<() => Promise<void>> {
  const holding = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const rolledBack = new Error('The first request did not get through.');
  const transaction = server().database.transaction(async (held) => {
    await held.execute(
      `insert into idempotency_key (organization_id, operation, key, fingerprint, resource_id, created_at, expires_at)
       values ($1, 'create', $2, '', '', now(), now() + interval '1 day')`,
      [organizationId, hashKey(server().app.priorAuthorization.idempotencyHash, key)],
    );
    holding.resolve();
    await released.promise;
    throw rolledBack;
  });
  await holding.promise;
  return async () => {
    released.resolve();
    await expect(transaction).rejects.toBe(rolledBack);
  };
}

test.runIf(onPostgres)('waits for a request with the same key, then does its work', async () => {
  const client = await server().newOrganization();
  const release = await holdKey(client.organizationId, 'soon');
  const waiting = client.call('POST', authorizationsPath, adakveoCase, { 'idempotency-key': 'soon' });
  await expect.poll(waitingStatements).toBe(1);
  await release();
  expect((await waiting).status).toBe(201);
});

test.runIf(onPostgres)('tells the client to come back when that takes longer than five seconds', async () => {
  const client = await server().newOrganization();
  const release = await holdKey(client.organizationId, 'late');
  const answer = await client.call('POST', authorizationsPath, adakveoCase, { 'idempotency-key': 'late' });
  expect(answer).toMatchObject({
    status: 409,
    body: { code: 'idempotency_request_in_progress', retryable: true },
  });
  expect(answer.headers.get('retry-after')).toBe('1');
  await release();
  expect((await client.call('GET', authorizationsPath)).body.data).toEqual([]);
});

async function waitingStatements(): Promise<number> {
  const [row] = await server().database.query<{ count: number }>(
    `select count(*)::integer as count from pg_locks where not granted`,
  );
  return row?.count ?? 0;
}
