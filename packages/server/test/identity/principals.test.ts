import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { createAuthenticator } from '../../src/identity/create-authenticator.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { useFakeWorkos } from '../support/identity/fake-workos.ts';

const workos = useFakeWorkos();
const server = useTestServer();

function authenticator() {
  const { app, clock } = server();
  const created = createAuthenticator({
    ...app.identity,
    database: app.database,
    clock,
    logger: app.logger,
    externalKeyHash: app.identity.hash,
    config: readConfig(workos().settings()).config.identity,
    workosApiKey: workos().apiKey,
    providerTimeoutMs: 3_000,
  });
  // As requests are authenticated: by the server, before it is known for whom.
  return { authenticate: (token: string) => asSystem(() => created.authenticate(token)) };
}

describe('a principal', () => {
  test('of a WorkOS key names the key', async () => {
    workos().addKey('sk_test_of_a_principal', { id: 'api_key_01', permissions: ['precert:admin'] });
    expect(await authenticator().authenticate('sk_test_of_a_principal')).toEqual({
      organizationId: expect.stringMatching(/^org_/),
      credentialId: 'api_key_01',
      scopes: ['read', 'write', 'admin'],
      kind: 'workos_key',
    });
  });

  test('of a session names the session, the user, and who acts as the user', async () => {
    const sign = (claims: Readonly<Record<string, unknown>>) => workos().sign(server().clock.now(), claims);
    const own = await authenticator().authenticate(await sign({}));
    expect(own).toEqual({
      organizationId: expect.stringMatching(/^org_/),
      credentialId: 'session_01HQSXZGF8FHF7A9ZZFCW4387R',
      scopes: ['read', 'write'],
      kind: 'session',
      subject: 'user_01HBEQKA6K4QJAS93VPE39W1JT',
    });
    const act = { sub: 'admin@foocorp.com', act: { sub: 'somebody before' } };
    const impersonated = await authenticator().authenticate(await sign({ act }));
    expect(impersonated).toEqual({ ...own, actor: 'admin@foocorp.com' });
  });

  test('of a token that names no session has the token’s id, or else the user’s, for one', async () => {
    const idOf = async (claims: Readonly<Record<string, unknown>>) => {
      const token = await workos().sign(server().clock.now(), claims);
      return (await authenticator().authenticate(token)).credentialId;
    };
    expect(await idOf({ sid: undefined, jti: 'jti_1' })).toBe('jti_1');
    expect(await idOf({ sid: undefined, jti: undefined, sub: 'client_1' })).toBe('client_1');
  });
});
