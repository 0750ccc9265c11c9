import { describe, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api/api-client.ts';
import { type TestServer, useTestServer } from '../support/api/test-server.ts';
import { useFakeWorkos } from '../support/identity/fake-workos.ts';

const workos = useFakeWorkos();
const impersonated = { act: { sub: 'admin@foocorp.com' } };

async function statusOf(server: TestServer, claims: Readonly<Record<string, unknown>>): Promise<number> {
  const bearerToken = await workos().sign(server.clock.now(), claims);
  const client: ApiClient = createApiClient(server.baseUrl, { organizationId: 'of WorkOS', bearerToken });
  return (await client.call('GET', '/v1/payers')).status;
}

describe('a session of an impersonated user', () => {
  const server = useTestServer({ settings: () => workos().settings() });

  test('is accepted', async () => {
    expect(await statusOf(server(), impersonated)).toBe(200);
  });

  test.each([{ act: {} }, { act: 'admin' }, { act: null }, { act: { sub: 7 } }, { act: { sub: '' } }])(
    'is refused when it does not say who acts: %j',
    async (claims) => {
      expect(await statusOf(server(), claims)).toBe(401);
    },
  );
});

describe('a session of an impersonated user, where the operator refuses them', () => {
  const server = useTestServer({
    settings: () => ({ ...workos().settings(), PRECERT_REFUSE_IMPERSONATION: 'true' }),
  });

  test('is refused, and a user’s own is not', async () => {
    expect(await statusOf(server(), impersonated)).toBe(403);
    expect(await statusOf(server(), {})).toBe(200);
  });
});
