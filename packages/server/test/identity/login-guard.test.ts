import { beforeEach, describe, expect, test } from 'vitest';
import type { LoginSource } from '../../src/identity/login-guard.ts';
import { mintToken } from '../../src/identity/token.ts';
import { PrecertError } from '../../src/platform/errors.ts';
import { createApiClient } from '../support/api/api-client.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { useFakeWorkos } from '../support/identity/fake-workos.ts';

const admitted: LoginSource[] = [];
const refused: LoginSource[] = [];
const accepted: LoginSource[] = [];
let closed = false;

const workos = useFakeWorkos();
const server = useTestServer({
  settings: () => workos().settings(),
  overrides: {
    loginGuard: {
      admit(source) {
        admitted.push(source);
        if (closed)
          throw new PrecertError('rate_limited', 'Too many failed logins.', { retryAfterSeconds: 9 });
      },
      onRefused(source) {
        refused.push(source);
      },
      onAccepted(source) {
        accepted.push(source);
      },
    },
  },
});

beforeEach(() => {
  admitted.length = 0;
  refused.length = 0;
  accepted.length = 0;
  closed = false;
});

function call(bearerToken: string) {
  return createApiClient(server().baseUrl, { organizationId: '', bearerToken }).call('GET', '/v1/payers');
}

describe('whoever slows down failed logins', () => {
  test('hears of every wrong token, and where it came from', async () => {
    const wrong = [mintToken('sandbox'), 'garbage', 'sk_test_nobodys_key', 'a.b.c'];
    for (const token of wrong) expect((await call(token)).status).toBe(401);
    expect(refused).toEqual(wrong.map((token) => ({ address: '127.0.0.1', token })));
    await fetch(`${server().baseUrl}/v1/payers`);
    expect(refused.at(-1)).toEqual({ address: '127.0.0.1', token: undefined });
  });

  test('hears no refusal of good tokens, of another environment’s, or of a provider that fails', async () => {
    const client = await server().newOrganization();
    expect((await client.call('GET', '/v1/payers')).status).toBe(200);
    expect((await call(mintToken('production'))).status).toBe(403);
    workos().misbehave('validations', 500);
    expect((await call('sk_test_another_key')).status).toBe(503);
    expect(admitted).toHaveLength(3);
    expect(refused).toEqual([]);
    expect(accepted).toEqual([{ address: '127.0.0.1', token: client.bearerToken }]);
  });

  test('can refuse before the token is looked at', async () => {
    const client = await server().newOrganization();
    closed = true;
    const answer = await client.call('GET', '/v1/payers');
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      429,
      'rate_limited',
      '9',
    ]);
    expect((await client.call('GET', '/health')).status).toBe(200);
  });
});
