import { describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { rowsOfAnswer } from '../support/api/audit-rows.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { useFakeWorkos } from '../support/identity/fake-workos.ts';

const workos = useFakeWorkos();
const server = useTestServer({ settings: () => workos().settings() });

/** What the trail says of who sent a session with these claims. */
async function actorOf(claims: Readonly<Record<string, unknown>>): Promise<unknown> {
  const bearerToken = await workos().sign(server().clock.now(), claims);
  const client = createApiClient(server().baseUrl, { organizationId: 'of WorkOS', bearerToken });
  const answer = await client.call('GET', '/v1/payers');
  expect(answer.status).toBe(200);
  expect(await rowsOfAnswer(server(), answer)).toHaveLength(1);
  const [row] = await server().database.query(
    `select actor_kind as kind, actor_id as id, actor_subject as subject, impersonator
       from audit_entry where request_id = $1`,
    [answer.headers.get('x-request-id')],
  );
  return row;
}

describe('the entry of a session', () => {
  test('names its user', async () => {
    expect(await actorOf({ sub: 'user_jane' })).toEqual({
      kind: 'session',
      id: expect.any(String),
      subject: 'user_jane',
      impersonator: null,
    });
  });

  test('names the user and the supporter who acts as that user', async () => {
    expect(await actorOf({ sub: 'user_jane', act: { sub: 'admin@foocorp.com' } })).toMatchObject({
      subject: 'user_jane',
      impersonator: 'admin@foocorp.com',
    });
  });
});
