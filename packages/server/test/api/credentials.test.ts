import { describe, expect, test } from 'vitest';
import { createKeyAuthenticator } from '../../src/identity/key-authenticator.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { createApiClient } from '../support/api/api-client.ts';
import { listAll } from '../support/api/case-record.ts';
import { succeed } from '../support/api/sample-case.ts';
import { tableText } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { credentialOf } from '../support/identity/credential-of.ts';

const server = useTestServer();
const path = '/v1/credentials';

function outcome({ status, body }: { status: number; body: { code?: string } | undefined }): string {
  return `${status} ${body?.code}`;
}

describe('an organization’s credentials', () => {
  test('are issued with a token that is shown once and works at once', async () => {
    const admin = await server().newOrganization();
    const created = await admin.call('POST', path, { name: 'Intake service', scope: 'write' });
    expect(created.status).toBe(201);
    const { bearerToken, ...shown } = created.body;
    expect(bearerToken).toMatch(/^precert_sandbox_[0-9A-Za-z]{36}$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'Intake service',
      scope: 'write',
      lastFour: bearerToken.slice(-4),
      createdAt: server().clock.now().toISOString(),
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    });
    const { organizationId } = admin;
    const issued = createApiClient(server().baseUrl, { organizationId, bearerToken });
    expect((await issued.call('GET', '/v1/payers')).status).toBe(200);
    await server().app.settled();
    const listed = await listAll(admin, path);
    expect(listed.find(({ id }) => id === shown.id)).toMatchObject({
      ...shown,
      lastUsedAt: server().clock.now().toISOString(),
    });
    expect(JSON.stringify(listed)).not.toContain(bearerToken.slice(16, -4));
    const stored = await tableText(server().database, ['credential', 'organization']);
    expect(stored).toContain(shown.id);
    for (const text of [stored, server().logged()]) expect(text).not.toContain(bearerToken.slice(16, 46));
  });

  test('are listed newest first, a page at a time, and to no other organization', async () => {
    const [admin, stranger] = [await server().newOrganization(), await server().newOrganization()];
    const made: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      server().clock.advance(name === 'c' ? 0 : 1_000);
      made.unshift(succeed(await admin.call('POST', path, { name, scope: 'read' })).id);
    }
    const listed = await listAll(admin, path, 2);
    expect(listed.slice(0, 4).map(({ id }) => id)).toEqual(made);
    expect(listed).toHaveLength(5);
    const { nextCursor } = succeed(await admin.call('GET', `${path}?limit=2`)).pagination;
    expect(outcome(await stranger.call('GET', `${path}?limit=2&cursor=${nextCursor}`))).toBe(
      '400 invalid_cursor',
    );
    expect(await listAll(stranger, path)).toHaveLength(1);
  });

  test('end at the instant they were given, to the millisecond', async () => {
    const admin = await server().newOrganization();
    const expiresAt = new Date(server().clock.now().getTime() + 60_000);
    const short = await credentialOf(server(), admin, { scope: 'read', expiresAt });
    server().clock.advance(59_999);
    expect((await short.call('GET', '/v1/payers')).status).toBe(200);
    server().clock.advance(1);
    expect(outcome(await short.call('GET', '/v1/payers'))).toBe('401 unauthorized');
    const listed = await listAll(admin, path);
    expect(listed.find(({ id }) => id === short.credentialId)?.expiresAt).toBe(expiresAt.toISOString());
  });

  test.each(['2026-03-13T17:00:00Z', '2020-01-01', '1999-12-31T23:59:59Z'])(
    'cannot be issued to have ended at %s',
    async (expiresAt) => {
      const admin = await server().newOrganization();
      const answer = await admin.call('POST', path, { name: 'late', scope: 'read', expiresAt });
      expect(outcome(answer)).toBe('400 validation_error');
      expect(answer.body.issues).toEqual([
        { field: 'expiresAt', code: 'too_small', message: 'Expected an instant in the future.' },
      ]);
    },
  );

  test('are revoked within a second, once and again, but not by themselves', async () => {
    const admin = await server().newOrganization();
    const second = await credentialOf(server(), admin, { scope: 'admin' });
    expect((await second.call('GET', path)).status).toBe(200);
    const [own] = (await listAll(admin, path)).filter(({ id }) => id !== second.credentialId);
    expect(outcome(await admin.call('DELETE', `${path}/${own.id}`))).toBe('409 credential_in_use');
    const revoked = await admin.call('DELETE', `${path}/${second.credentialId}`);
    expect([revoked.status, revoked.body]).toEqual([204, undefined]);
    server().clock.advance(900);
    expect(outcome(await second.call('GET', path))).toBe('401 unauthorized');
    const { revokedAt } = (await listAll(admin, path)).find(({ id }) => id === second.credentialId);
    expect((await admin.call('DELETE', `${path}/${second.credentialId}`)).status).toBe(204);
    const again = (await listAll(admin, path)).find(({ id }) => id === second.credentialId);
    expect([revokedAt, again.revokedAt]).toEqual([expect.any(String), revokedAt]);
    expect(outcome(await admin.call('DELETE', `${path}/key_nobody`))).toBe('404 credential_not_found');
  });

  test('tell when they were last used, at most a minute late', async () => {
    const admin = await server().newOrganization();
    const client = await credentialOf(server(), admin, { scope: 'read' });
    const lastUse = async () => {
      // What is written beside the requests is written once the server says so.
      await server().app.settled();
      const found = (await listAll(admin, path)).find(({ id }) => id === client.credentialId);
      return found?.lastUsedAt;
    };
    expect(await lastUse()).toBeNull();
    const first = server().clock.now().toISOString();
    await client.call('GET', '/v1/payers');
    expect(await lastUse()).toBe(first);
    server().clock.advance(59_000);
    await client.call('GET', '/v1/payers');
    expect(await lastUse()).toBe(first);
    server().clock.advance(1_000);
    const later = server().clock.now().toISOString();
    await client.call('GET', '/v1/payers');
    expect(await lastUse()).toBe(later);
    await client.call('POST', '/v1/files', {});
    server().clock.advance(120_000);
    expect(await lastUse()).toBe(later);
  });

  test('are not marked as used by a refused expired token', async () => {
    const admin = await server().newOrganization();
    const expiresAt = new Date(server().clock.now().getTime() + 1_000);
    const client = await credentialOf(server(), admin, { scope: 'read', expiresAt });
    server().clock.advance(1_000);
    expect((await client.call('GET', '/v1/payers')).status).toBe(401);
    await server().app.settled();
    const found = (await listAll(admin, path)).find(({ id }) => id === client.credentialId);
    expect(found?.lastUsedAt).toBeNull();
  });
});

describe('a token of somebody else’s, where no identity provider is configured', () => {
  test.each([
    ['a key of WorkOS', 'sk_test_a2V5XzAxSFhZWg'],
    ['a session', 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'],
    ['an unsigned session', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'],
    ['an encrypted token', 'a.b.c.d.e'],
    ['a token of GitHub', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ])('is a 401: %s', async (_kind, bearerToken) => {
    const client = createApiClient(server().baseUrl, { organizationId: 'nobody', bearerToken });
    expect(outcome(await client.call('GET', '/v1/payers'))).toBe('401 unauthorized');
  });
});

describe('a token of ours', () => {
  /** The server's own database, with its queries counted. */
  function counting(): { readonly database: Database; queries(): number } {
    const { database } = server();
    let queries = 0;
    const query: Database['query'] = (statement, values) => {
      queries += 1;
      return database.query(statement, values);
    };
    return { database: { ...database, query }, queries: () => queries };
  }

  test('costs no query when any character of it is wrong, and one in 0.9 seconds when all are right', async () => {
    const { database, queries } = counting();
    const { clock, app } = server();
    const authenticator = createKeyAuthenticator({ ...app.identity, database, clock });
    const { bearerToken, organizationId } = await server().newOrganization();
    for (let index = 0; index < bearerToken.length; index += 1) {
      const flipped = bearerToken[index] === 'x' ? 'y' : 'x';
      const wrong = bearerToken.slice(0, index) + flipped + bearerToken.slice(index + 1);
      await expect(authenticator.authenticate(wrong)).rejects.toMatchObject({ code: 'unauthorized' });
    }
    expect(queries()).toBe(0);
    const many = await Promise.all(Array.from({ length: 20 }, () => authenticator.authenticate(bearerToken)));
    expect(new Set(many.map((principal) => principal.organizationId))).toEqual(new Set([organizationId]));
    expect(queries()).toBe(1);
    clock.advance(900);
    await authenticator.authenticate(bearerToken);
    expect(queries()).toBe(2);
  });

  test('that is revoked by one process is refused by the others within a second', async () => {
    const { clock, app, database } = server();
    const [one, other] = [0, 1].map(() => createKeyAuthenticator({ ...app.identity, database, clock }));
    const admin = await server().newOrganization();
    const client = await credentialOf(server(), admin, { scope: 'read' });
    await Promise.all([one, other].map((process) => process?.authenticate(client.bearerToken)));
    clock.advance(500);
    expect((await admin.call('DELETE', `${path}/${client.credentialId}`)).status).toBe(204);
    clock.advance(900);
    for (const process of [one, other]) {
      await expect(process?.authenticate(client.bearerToken)).rejects.toMatchObject({ code: 'unauthorized' });
    }
  });

  test('makes a principal that tells what kind it is', async () => {
    const { clock, app, database } = server();
    const authenticator = createKeyAuthenticator({ ...app.identity, database, clock });
    const client = await credentialOf(server(), await server().newOrganization(), { scope: 'write' });
    expect(await authenticator.authenticate(client.bearerToken)).toEqual({
      organizationId: client.organizationId,
      credentialId: client.credentialId,
      scopes: ['read', 'write'],
      kind: 'key',
    });
  });
});
