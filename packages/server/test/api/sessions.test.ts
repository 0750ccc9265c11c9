import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, createApiClient } from '../support/api/api-client.ts';
import { createCase, succeed } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { sessionClaims, useFakeWorkos } from '../support/identity/fake-workos.ts';
import type { Misbehaviour } from '../support/identity/misbehaviour.ts';
import { createSigningKey, type SigningKey } from '../support/identity/signing-key.ts';

const workos = useFakeWorkos();
const server = useTestServer({
  settings: () => workos().settings(),
  overrides: { identityProviderMs: 1_000 },
});
let secondKey: SigningKey;
beforeAll(async () => {
  secondKey = await createSigningKey('RS256', 'sso_oidc_key_pair_2');
});

function call(bearerToken: string, path = '/v1/payers'): Promise<Answer> {
  return createApiClient(server().baseUrl, { organizationId: 'of WorkOS', bearerToken }).call('GET', path);
}

async function outcome(bearerToken: string): Promise<string> {
  const { status, body } = await call(bearerToken);
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
}

function sign(claims: Readonly<Record<string, unknown>> = {}, key?: SigningKey): Promise<string> {
  return workos().sign(server().clock.now(), claims, key);
}

describe('a session of WorkOS', () => {
  test.each([
    'https://api.workos.com',
    'https://api.workos.com/',
    'https://api.workos.com/user_management/client_01HXYZ',
  ])('issued by %s is accepted', async (iss) => {
    expect(await outcome(await sign({ iss }))).toBe('200');
  });

  test('is of the organization it names, the same one as for a key', async () => {
    const claims = { org_id: 'org_shared' };
    const bearerToken = await sign(claims);
    const { id } = await createCase(createApiClient(server().baseUrl, { organizationId: '', bearerToken }));
    const path = `/v1/prior-auth/authorizations/${id}`;
    workos().addKey('sk_test_of_the_same', { owner: { type: 'organization', id: 'org_shared' } });
    expect(succeed(await call('sk_test_of_the_same', path)).id).toBe(id);
    expect((await call(await sign({ org_id: 'org_other' }), path)).body.code).toBe('authorization_not_found');
  });

  test.each([
    [undefined, 403],
    [[], 403],
    [['precert:read'], 403],
    [['precert:admin'], 200],
  ])('with permissions %j manages credentials: %s', async (permissions, status) => {
    expect((await call(await sign({ permissions }), '/v1/credentials')).status).toBe(status);
  });

  test('is good until 30 seconds after its end, and not a second longer', async () => {
    const bearerToken = await sign();
    server().clock.advance(329_000);
    expect(await outcome(bearerToken)).toBe('200');
    server().clock.advance(1_000);
    expect(await outcome(bearerToken)).toBe('401 unauthorized');
  });

  test('may begin up to 30 seconds from now', async () => {
    const now = Math.floor(server().clock.now().getTime() / 1000);
    expect(await outcome(await sign({ nbf: now + 30, iat: now + 30 }))).toBe('200');
    expect(await outcome(await sign({ nbf: now + 31 }))).toBe('401 unauthorized');
    expect(await outcome(await sign({ iat: now + 31 }))).toBe('401 unauthorized');
  });

  test('longer than a page is no session', async () => {
    const permissions = Array.from({ length: 700 }, (_, index) => `posts:${index}`);
    expect(await outcome(await sign({ permissions }))).toBe('401 unauthorized');
    expect(await outcome(await sign({ permissions: permissions.slice(0, 300) }))).toBe('200');
  });

  test('appears in no log', async () => {
    const bearerToken = await sign({ sub: 'user_of_the_log' });
    await outcome(bearerToken);
    await outcome(`${bearerToken}x`);
    for (const part of bearerToken.split('.')) expect(server().logged()).not.toContain(part);
  });

  test('carries its claims as documented', () => {
    expect(Object.keys(sessionClaims(new Date(0))).toSorted()).toEqual(
      [
        'entitlements',
        'exp',
        'iat',
        'iss',
        'jti',
        'org_id',
        'permissions',
        'role',
        'roles',
        'sid',
        'sub',
      ].toSorted(),
    );
  });
});

/** Far enough that the set was fetched long ago, and may be fetched again. */
function letTheSetAge(): void {
  server().clock.advance(10 * 60 * 1000);
}

describe('the keys of the issuer', () => {
  test('are asked for once in 30 seconds, however many unknown ids tokens name', async () => {
    letTheSetAge();
    expect(await outcome(await sign())).toBe('200');
    const before = workos().asked('keySet');
    for (let round = 0; round < 20; round += 1) {
      const made = Array.from({ length: 50 }, async (_, index) => {
        const key = { ...workos().signingKey, kid: `made_up_${round}_${index}` };
        return outcome(await sign({}, key));
      });
      expect(new Set(await Promise.all(made))).toEqual(new Set(['401 unauthorized']));
    }
    expect(workos().asked('keySet')).toBe(before);
    server().clock.advance(30_000);
    for (let round = 0; round < 10; round += 1) {
      expect(await outcome(await sign({}, { ...workos().signingKey, kid: `again_${round}` }))).toBe(
        '401 unauthorized',
      );
    }
    expect(workos().asked('keySet')).toBe(before + 1);
  });

  test('are asked for by one request, while the others wait for the same answer', async () => {
    letTheSetAge();
    const before = workos().asked('keySet');
    const tokens = await Promise.all(
      Array.from({ length: 30 }, (_, index) => sign({ sid: `session_${index}` })),
    );
    const answers = await Promise.all(tokens.map((token) => outcome(token)));
    expect(new Set(answers)).toEqual(new Set(['200']));
    expect(workos().asked('keySet')).toBe(before + 1);
  });

  test('may be rotated: a new key works at once, a withdrawn one ends within five minutes', async () => {
    letTheSetAge();
    expect(await outcome(await sign())).toBe('200');
    workos().publish([secondKey]);
    server().clock.advance(30_000);
    expect(await outcome(await sign({}, secondKey))).toBe('200');
    expect(await outcome(await sign())).toBe('401 unauthorized');
    workos().publish([workos().signingKey]);
    server().clock.advance(5 * 60 * 1000);
    expect(await outcome(await sign({}, secondKey))).toBe('401 unauthorized');
    expect(await outcome(await sign())).toBe('200');
  });

  const failures: readonly Misbehaviour[] = [
    401,
    404,
    429,
    500,
    'hang',
    'garbage',
    'other_shape',
    'reset',
    'endless',
  ];

  test.each(failures)('that cannot be had (%s) leave known ones good and new ones a 503', async (how) => {
    workos().publish([workos().signingKey]);
    letTheSetAge();
    expect(await outcome(await sign())).toBe('200');
    workos().misbehave('keySet', how);
    workos().publish([workos().signingKey, secondKey]);
    letTheSetAge();
    expect(await outcome(await sign())).toBe('200');
    expect(await outcome(await sign({}, secondKey))).toBe('503 service_unavailable');
    expect(await outcome(await sign({ exp: 1 }))).toBe('401 unauthorized');
    workos().misbehave('keySet', undefined);
    server().clock.advance(30_000);
    expect(await outcome(await sign({}, secondKey))).toBe('200');
  });

  test('that could not be had for a day are believed no longer', async () => {
    letTheSetAge();
    expect(await outcome(await sign())).toBe('200');
    workos().misbehave('keySet', 500);
    server().clock.advance(24 * 60 * 60 * 1000 - 1);
    expect(await outcome(await sign())).toBe('200');
    server().clock.advance(1);
    expect(await outcome(await sign())).toBe('503 service_unavailable');
  });
});
