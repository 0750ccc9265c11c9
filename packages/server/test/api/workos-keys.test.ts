import { describe, expect, test } from 'vitest';
import { type Answer, createApiClient } from '../support/api/api-client.ts';
import { createCase, succeed } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { useFakeWorkos } from '../support/identity/fake-workos.ts';
import type { Misbehaviour } from '../support/identity/misbehaviour.ts';

const workos = useFakeWorkos();
const server = useTestServer({
  settings: () => workos().settings(),
  overrides: { identityProviderMs: 1_000 },
});

let keysMade = 0;

/** A key nobody has seen yet, so that nothing about it is remembered. */
function newKey(): string {
  keysMade += 1;
  return `sk_test_a2V5XzAx${keysMade}`;
}

function call(bearerToken: string, method = 'GET', path = '/v1/payers', body?: unknown): Promise<Answer> {
  const client = createApiClient(server().baseUrl, { organizationId: 'of WorkOS', bearerToken });
  return client.call(method, path, body);
}

async function outcome(bearerToken: string, method?: string, path?: string): Promise<string> {
  const { status, body } = await call(bearerToken, method, path);
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
}

describe('an organization API key of WorkOS', () => {
  test('is a bearer of that organization, which is made when it is first seen', async () => {
    const [key, other, stranger] = [newKey(), newKey(), newKey()];
    workos().addKey(key, { owner: { type: 'organization', id: 'org_A' } });
    workos().addKey(other, { owner: { type: 'organization', id: 'org_A' } });
    workos().addKey(stranger, { owner: { type: 'organization', id: 'org_B' } });
    const client = createApiClient(server().baseUrl, { organizationId: 'org_A', bearerToken: key });
    const { id } = await createCase(client);
    const path = `/v1/prior-auth/authorizations/${id}`;
    expect(succeed(await call(other, 'GET', path)).id).toBe(id);
    expect(await outcome(stranger, 'GET', path)).toBe('404 authorization_not_found');
    const mapped = await server().database.query(
      `select provider, external_id, organization_id = o.id as known, o.name from external_organization
         join organization o on o.id = organization_id where external_id = 'org_A'`,
    );
    expect(mapped).toEqual([{ provider: 'workos', external_id: 'org_A', known: true, name: 'org_A' }]);
  });

  test('becomes one organization when a hundred requests see it first', async () => {
    const owner = { type: 'organization', id: 'org_of_the_race' };
    const keys = Array.from({ length: 100 }, newKey);
    for (const key of keys) workos().addKey(key, { owner });
    const before = await countOrganizations();
    const answers = await inTurns(keys, 25, (key) => outcome(key));
    expect(new Set(answers)).toEqual(new Set(['200']));
    expect(await countOrganizations()).toBe(before + 1);
  });

  async function countOrganizations(): Promise<number> {
    const rows = await server().database.query<{ count: number }>(
      'select count(*)::int as count from organization',
    );
    return rows[0]?.count ?? 0;
  }

  test.each([
    [[], '200', '400', '403'],
    [['posts:read', 'admin', 'write'], '200', '400', '403'],
    [['precert:read'], '200', '403', '403'],
    [['precert:write', 'precert:read'], '200', '400', '403'],
    [['precert:admin'], '200', '400', '200'],
    [['precert:reed'], '403', '403', '403'],
    [['precert:read', 'precert:everything'], '200', '403', '403'],
  ])(
    'with permissions %j reads %s, writes %s and manages credentials %s',
    async (permissions, ...expected) => {
      const key = newKey();
      workos().addKey(key, { permissions });
      const attempts = [
        await call(key),
        await call(key, 'POST', '/v1/files', {}),
        await call(key, 'GET', '/v1/credentials'),
      ];
      expect(attempts.map(({ status }) => String(status))).toEqual(expected);
    },
  );

  test('of a user is known and refused', async () => {
    const key = newKey();
    workos().addKey(key, { owner: { type: 'user', id: 'user_1', organization_id: 'org_A' } });
    expect(await outcome(key)).toBe('403 insufficient_permissions');
  });

  test('is asked about once in 30 seconds, and once however many ask', async () => {
    const key = newKey();
    workos().addKey(key);
    const before = workos().asked('validations');
    await Promise.all(Array.from({ length: 20 }, () => outcome(key)));
    server().clock.advance(29_999);
    expect(await outcome(key)).toBe('200');
    expect(workos().asked('validations')).toBe(before + 1);
    workos().revokeKey(key);
    server().clock.advance(1);
    expect(await outcome(key)).toBe('401 unauthorized');
    expect(workos().asked('validations')).toBe(before + 2);
  });

  test('that WorkOS does not know is a 401, remembered for ten seconds', async () => {
    const key = newKey();
    const before = workos().asked('validations');
    expect([await outcome(key), await outcome(key)]).toEqual(['401 unauthorized', '401 unauthorized']);
    expect(workos().asked('validations')).toBe(before + 1);
    workos().addKey(key);
    server().clock.advance(10_000);
    expect(await outcome(key)).toBe('200');
  });

  test.each(['sk_', 'sk_short', `sk_${'a'.repeat(600)}`])(
    'that cannot be one is not carried to WorkOS: %s',
    async (key) => {
      const before = workos().asked('validations');
      expect(await outcome(key)).toBe('401 unauthorized');
      expect(workos().asked('validations')).toBe(before);
    },
  );

  test('stands in no log and no table', async () => {
    const [good, bad] = [newKey(), newKey()];
    workos().addKey(good);
    await outcome(good);
    await outcome(bad);
    workos().misbehave('validations', 500);
    await outcome(newKey());
    const rows = await server().database.query('select * from external_organization');
    for (const key of [good, bad, workos().apiKey]) {
      expect(server().logged()).not.toContain(key);
      expect(JSON.stringify(rows)).not.toContain(key);
    }
  });
});

describe('a failing WorkOS', () => {
  const failures: readonly Misbehaviour[] = [
    400,
    401,
    403,
    404,
    422,
    429,
    500,
    503,
    204,
    'hang',
    'garbage',
    'other_shape',
    'reset',
    'redirect',
    'endless',
    'empty',
  ];

  test.each(failures)('(%s) is a 503 for a key not known yet, never a pass or a 401', async (how) => {
    const [known, unknown] = [newKey(), newKey()];
    workos().addKey(known);
    expect(await outcome(known)).toBe('200');
    workos().misbehave('validations', how);
    for (const key of [unknown, newKey()]) {
      const answer = await call(key);
      expect([answer.status, answer.body.code, answer.body.retryable]).toEqual([
        503,
        'service_unavailable',
        true,
      ]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(await outcome(known)).toBe('200');
    server().clock.advance(30_000);
    expect(await outcome(known)).toBe('503 service_unavailable');
    expect(server().logged()).toContain('"msg":"WorkOS key not checked"');
    workos().misbehave('validations', undefined);
    server().clock.advance(60_000);
    expect([await outcome(known), await outcome(unknown)]).toEqual(['200', '401 unauthorized']);
  });

  test('that has had enough of us is left alone for as long as it says', async () => {
    workos().misbehave('validations', 429);
    const before = workos().asked('validations');
    const answer = await call(newKey());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
    await Promise.all(Array.from({ length: 10 }, () => outcome(newKey())));
    server().clock.advance(6_999);
    await outcome(newKey());
    expect(workos().asked('validations')).toBe(before + 1);
    workos().misbehave('validations', undefined);
    server().clock.advance(1);
    expect(await outcome(newKey())).toBe('401 unauthorized');
  });

  test('is asked by no more than 32 requests at once', async () => {
    workos().misbehave('validations', 'hang');
    const answers = await Promise.all(Array.from({ length: 60 }, () => outcome(newKey())));
    expect(new Set(answers)).toEqual(new Set(['503 service_unavailable']));
    expect(workos().mostAtOnce()).toBe(32);
  });

  test('leaves our own keys alone', async () => {
    workos().misbehave('validations', 'hang');
    const own = await server().newOrganization();
    expect((await own.call('GET', '/v1/payers')).status).toBe(200);
  });
});

/** As many at a time as `size` says, in order. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  size: number,
  act: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(act))));
  }
  return results;
}
