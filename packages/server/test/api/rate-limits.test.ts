import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCredential } from '../../src/identity/issue-credential.ts';
import { mintToken } from '../../src/identity/token.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { type Answer, type ApiClient, createApiClient } from '../support/api/api-client.ts';
import { adakveoCase, authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer({
  settings: {
    PRECERT_RATE_LIMIT_CREDENTIAL: '100',
    PRECERT_RATE_LIMIT_ORGANIZATION: '150',
    PRECERT_FAILED_LOGINS: '20',
    PRECERT_TRUSTED_PROXIES: '1',
  },
  overrides: { random: () => 0 },
});

let another: Awaited<ReturnType<ReturnType<typeof server>['startAnother']>>;
beforeAll(async () => {
  another = await server().startAnother();
});
afterAll(() => another.close());

const minute = 60_000;
const payers = '/v1/payers';
const read = (client: ApiClient) => client.call('GET', payers);
const beside = (client: ApiClient) => createApiClient(another.baseUrl, client);

/** One more credential of the same organization. */
async function colleagueOf({ organizationId, baseUrl }: ApiClient): Promise<ApiClient> {
  const { app } = server();
  const issued = await asSystem(() =>
    issueCredential(app.database, app.identity, { organizationId, name: 'second', scope: 'write' }),
  );
  return createApiClient(baseUrl, { organizationId, bearerToken: issued.bearerToken });
}

/** Sends until the first 429; how many answers of another kind came before it. */
async function countUntilRefused(send: () => Promise<Answer>): Promise<{ served: number; refusal: Answer }> {
  for (let served = 0; served < 1_000; served += 1) {
    const answer = await send();
    if (answer.status === 429) return { served, refusal: answer };
  }
  throw new Error('Nothing was refused.');
}

/** Units left of each limit, as the answer tells. */
function remaining(answer: Answer): Readonly<Record<string, number>> {
  const fields = [...(answer.headers.get('ratelimit') ?? '').matchAll(/"([a-z]+)";r=(\d+);t=\d+/g)];
  return Object.fromEntries(fields.map(([, name = '', units]) => [name, Number(units)]));
}

describe('a caller within the limits', () => {
  test('is told the limits, what is left of them, and when they are whole again', async () => {
    const client = await server().newOrganization();
    const first = await read(client);
    expect([first.status, first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
      200,
      '"credential";q=100;w=60, "organization";q=150;w=60',
      '"credential";r=99;t=60, "organization";r=149;t=60',
    ]);
    server().clock.advance(20_500);
    const second = await read(client);
    expect(second.headers.get('ratelimit')).toBe('"credential";r=98;t=40, "organization";r=148;t=40');
    expect(second.headers.get('retry-after')).toBeNull();
  });

  test('pays by what the route costs, errors of its own included', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const path = `${authorizationsPath}/${id}`;
    const costOf = async (send: () => Promise<Answer>) => {
      const before = remaining(await read(client)).credential ?? 0;
      return before - (remaining(await send()).credential ?? 0);
    };
    const costs = [
      await costOf(() => client.call('GET', path)),
      await costOf(() => client.call('PATCH', path, { urgency: 'expedited' })),
      await costOf(() => client.call('POST', `${path}/preview`)),
      await costOf(() => client.call('POST', `${path}/submit`)),
      await costOf(() => client.call('POST', '/v1/files/file_none/complete')),
      await costOf(() => client.send('/v1/files/file_none/content', { method: 'PUT', body: 'x' })),
      await costOf(() => client.call('GET', '/v1/files/file_none/download?expires=1&signature=x')),
      await costOf(() => client.call('POST', authorizationsPath, { wrong: true })),
      await costOf(() => client.call('GET', `${authorizationsPath}/auth_none`)),
    ];
    expect(costs).toEqual([1, 2, 10, 10, 5, 5, 2, 2, 1]);
  });

  test('is told nothing where nobody is asked who he is', async () => {
    const answer = await fetch(`${server().baseUrl}/health`);
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
  });
});

describe('a caller over its credential’s limit', () => {
  test('is refused with when to come back, and served again then', async () => {
    const client = await server().newOrganization();
    const { served, refusal } = await countUntilRefused(() => read(client));
    expect(served).toBe(100);
    expect(refusal.headers.get('retry-after')).toBe('60');
    expect(refusal.headers.get('ratelimit')).toBe('"credential";r=0;t=60, "organization";r=50;t=60');
    expect(refusal.body).toEqual({
      code: 'rate_limited',
      message: 'Too many requests; wait as Retry-After says.',
      details: { policy: 'credential' },
      requestId: expect.any(String),
      retryable: true,
    });
    server().clock.advance(minute - 1_000);
    expect((await read(client)).headers.get('retry-after')).toBe('1');
    server().clock.advance(1_000);
    expect((await read(client)).status).toBe(200);
  });

  test('still reads while what is left is too little for a write, and changes nothing by being refused', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const path = `${authorizationsPath}/${id}`;
    const { served } = await countUntilRefused(() => client.call('POST', `${path}/preview`));
    expect(served).toBe(9);
    expect((await client.call('POST', `${path}/cancel`, {})).status).toBe(200);
    const { served: reads } = await countUntilRefused(() => client.call('GET', path));
    expect(reads).toBe(100 - 2 - 90 - 2);
    expect((await client.call('POST', authorizationsPath, adakveoCase)).status).toBe(429);
    server().clock.advance(minute);
    const list = succeed(await client.call('GET', authorizationsPath));
    expect(list.data.map((one: { workflowState: string }) => one.workflowState)).toEqual(['cancelled']);
  });

  test('leaves its colleague what is left of the organization, and strangers everything', async () => {
    const client = await server().newOrganization();
    const colleague = await colleagueOf(client);
    const stranger = await server().newOrganization();
    expect((await countUntilRefused(() => read(client))).served).toBe(100);
    const { served, refusal } = await countUntilRefused(() => read(colleague));
    expect([served, refusal.body.details]).toEqual([50, { policy: 'organization' }]);
    expect(remaining(refusal)).toEqual({ credential: 50, organization: 0 });
    expect(remaining(await read(stranger))).toEqual({ credential: 99, organization: 149 });
  });

  test('is over it in every process', async () => {
    const client = await server().newOrganization();
    const callers = [client, beside(client)];
    let served = 0;
    for (let index = 0; index < 200; index += 1) {
      const caller = callers[index % 2];
      if (caller !== undefined && (await read(caller)).status === 200) served += 1;
    }
    expect(served).toBeGreaterThanOrEqual(98);
    expect(served).toBeLessThanOrEqual(100);
  });

  test('is refused before its body is read', async () => {
    const client = await server().newOrganization();
    await countUntilRefused(() => read(client));
    const answer = await client.send(authorizationsPath, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'no JSON at all',
    });
    expect(answer.status).toBe(429);
  });
});

describe('refusals of unknown callers', () => {
  const from = (address: string, token: string, baseUrl = server().baseUrl) =>
    createApiClient(baseUrl, { organizationId: '', bearerToken: token }).call('GET', payers, undefined, {
      'x-forwarded-for': address,
    });

  test('cost nobody else anything', async () => {
    const client = await server().newOrganization();
    await read(client);
    for (let index = 0; index < 10; index += 1) {
      expect((await from('198.51.100.1', 'nothing')).status).toBe(401);
      expect((await from('198.51.100.1', mintToken('production'))).status).toBe(403);
    }
    const answer = await from('198.51.100.1', 'nothing');
    expect([answer.headers.get('ratelimit'), answer.headers.get('ratelimit-policy')]).toEqual([null, null]);
    expect(remaining(await read(client))).toEqual({ credential: 98, organization: 148 });
  });

  test('of a thousand tries from one address are 429 after the limit, in every process, while others log in', async () => {
    const client = await server().newOrganization();
    const statuses = new Map<number, number>();
    for (let index = 0; index < 1_000; index += 1) {
      const answer = await from('203.0.113.9', mintToken('sandbox'));
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (index % 50 === 0) expect((await from('198.51.100.7', client.bearerToken)).status).toBe(200);
    }
    expect(Object.fromEntries(statuses)).toEqual({ 401: 20, 429: 980 });
    const there = await from('203.0.113.9', mintToken('sandbox'), another.baseUrl);
    expect([there.status, there.body.details]).toEqual([429, { policy: 'failed-logins' }]);
    expect(Number(there.headers.get('retry-after'))).toBeGreaterThan(0);
    server().clock.advance(minute);
    expect((await from('203.0.113.9', mintToken('sandbox'))).status).toBe(401);
  });

  test('do not lock out a caller of the same address that is known to be good, and do so with a guess', async () => {
    const client = await server().newOrganization();
    const silent = await server().newOrganization();
    expect((await from('203.0.113.50', client.bearerToken)).status).toBe(200);
    await countUntilRefused(() => from('203.0.113.50', 'nothing'));
    expect((await from('203.0.113.50', client.bearerToken)).status).toBe(200);
    expect((await from('203.0.113.50', silent.bearerToken)).status).toBe(429);
    expect((await from('203.0.113.51', silent.bearerToken)).status).toBe(200);
  });

  test('count by the key’s beginning too, wherever they come from', async () => {
    const guessed = mintToken('sandbox').slice(0, 24);
    let served = 0;
    for (let index = 0; index < 30; index += 1) {
      const token = `${guessed}${mintToken('sandbox').slice(24)}`;
      if ((await from(`192.0.2.${index}`, token)).status === 401) served += 1;
    }
    expect(served).toBe(20);
  });

  test('count by what the trusted proxy says, whatever the client claims before', async () => {
    const claimed = (index: number) => `10.0.0.${index}, 203.0.113.77`;
    let index = 0;
    const { served } = await countUntilRefused(() => {
      index += 1;
      return from(claimed(index), 'nothing');
    });
    expect(served).toBe(20);
    expect((await from('10.0.0.1, 203.0.113.78', 'nothing')).status).toBe(401);
  });
});

test('a revoked key that somebody goes on using stops nobody but itself', async () => {
  const client = await server().newOrganization();
  const colleague = await colleagueOf(client);
  expect([(await read(client)).status, (await read(colleague)).status]).toEqual([200, 200]);
  await server().database.execute(
    'update credential set revoked_at = now() where organization_id = $1 and name = $2',
    [client.organizationId, 'test'],
  );
  server().clock.advance(1_000);
  const { served } = await countUntilRefused(() => read(client));
  expect(served).toBe(20);
  expect((await read(colleague)).status).toBe(200);
});
