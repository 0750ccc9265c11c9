import { describe, expect, test } from 'vitest';
import { issueCredential } from '../../src/identity/issue-credential.ts';
import { asOrganization, asSystem } from '../../src/platform/database/database-scope.ts';
import { shredOrganization } from '../../src/shred-organization.ts';
import { type ApiClient, createApiClient } from '../support/api/api-client.ts';
import { readCase } from '../support/api/case-record.ts';
import { authorizationsPath, createCase, succeed, uploadFile } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { tellCanaryStory } from '../support/encryption/canary-story.ts';

const server = useTestServer();

async function shred({ organizationId }: ApiClient): Promise<boolean> {
  const shredded = await shredOrganization(server().app, organizationId);
  // A credential is trusted for 0.9 s, keys for half a minute.
  server().clock.advance(30_000);
  return shredded;
}

/** A new token of the organization's, as no command issues one any more. */
async function withNewToken({ organizationId, baseUrl }: ApiClient): Promise<ApiClient> {
  const { database, identity } = server().app;
  const { bearerToken } = await asSystem(() =>
    issueCredential(database, identity, { organizationId, name: 'afterwards', scope: 'admin' }),
  );
  return createApiClient(baseUrl, { organizationId, bearerToken });
}

function count(table: string, { organizationId }: ApiClient): Promise<number> {
  return server()
    .database.query<{ count: number }>(
      `select count(*)::int as count from ${table} where organization_id = $1`,
      [organizationId],
    )
    .then(([row]) => row?.count ?? 0);
}

describe('shredding an organization', () => {
  test('revokes its tokens and makes everything it stored unreadable, for whoever comes', async () => {
    const client = await server().newOrganization();
    const [id] = await tellCanaryStory(client);
    const { organizationId } = client;
    const events = await count('prior_authorization_event', client);
    expect(await shred(client)).toBe(true);

    expect((await client.call('GET', `${authorizationsPath}/${id}`)).status).toBe(401);
    const afterwards = await withNewToken(client);
    for (const path of [
      `${authorizationsPath}/${id}`,
      authorizationsPath,
      `${authorizationsPath}?memberId=W1`,
    ]) {
      const answer = await afterwards.call('GET', path);
      expect([answer.status, answer.body.message]).toEqual([
        403,
        'The data of this organization was destroyed.',
      ]);
    }
    const { vault } = server().app.priorAuthorization;
    const keys = asOrganization(organizationId, () => vault.keysOf(organizationId));
    await expect(keys).rejects.toMatchObject({ code: 'insufficient_permissions' });

    // What says nothing of a patient stays.
    expect(await count('data_key', client)).toBe(0);
    expect(await count('prior_authorization', client)).toBe(4);
    expect(await count('prior_authorization_event', client)).toBe(events);
    expect(await count('submission_attempt', client)).toBeGreaterThan(2);
  }, 60_000);

  test('leaves every other organization as it was', async () => {
    const [client, other] = [await server().newOrganization(), await server().newOrganization()];
    const { id } = await createCase(other);
    await createCase(client);
    const before = await readCase(other, id);
    await shred(client);
    expect(await readCase(other, id)).toEqual(before);
  });

  test('happens once, and not to one that does not exist', async () => {
    const client = await server().newOrganization();
    await createCase(client);
    expect(await shred(client)).toBe(true);
    expect(await shred(client)).toBe(false);
    expect(await shredOrganization(server().app, 'org_none')).toBe(false);
  });

  test('takes nothing new in its name, neither cases nor files, and makes it no keys', async () => {
    const client = await server().newOrganization();
    await shred(client);
    const afterwards = await withNewToken(client);
    await expect(createCase(afterwards)).rejects.toThrow('403');
    await expect(uploadFile(afterwards)).rejects.toThrow('403');
    expect([await count('data_key', client), await count('prior_authorization', client)]).toEqual([0, 0]);
  });
});

describe('a submission under way', () => {
  const away = useTestServer({ workers: false, settings: { PRECERT_SUBMIT_WAIT_MS: '0' } });

  test('ends with the organization, and nobody looks for it again', async () => {
    const client = await away().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await client.call('POST', `${authorizationsPath}/${id}/submit`));
    await shredOrganization(away().app, client.organizationId);
    await away().app.jobs.drain();
    await away().app.jobs.sweep();
    expect(await away().app.jobs.drain({ includeDelayed: true })).toBe(0);
    const attempts = await away().database.query(
      'select status, sealed from submission_attempt where organization_id = $1',
      [client.organizationId],
    );
    expect(attempts).toEqual([{ status: 'failed', sealed: null }]);
  });
});
