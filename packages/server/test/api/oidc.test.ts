import { beforeAll, describe, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { useFakeWorkos } from '../support/identity/fake-workos.ts';
import type { Misbehaviour } from '../support/identity/misbehaviour.ts';
import { createSigningKey, type SigningKey } from '../support/identity/signing-key.ts';

const issuer = useFakeWorkos();
const server = useTestServer({
  settings: () => ({
    PRECERT_OIDC_ISSUER: issuer().url,
    PRECERT_OIDC_AUDIENCE: 'precert',
    PRECERT_OIDC_ORGANIZATION_CLAIM: 'https://clinic.example/organization',
  }),
  overrides: { identityProviderMs: 1_000 },
});

let ellipticKey: SigningKey;
beforeAll(async () => {
  ellipticKey = await createSigningKey('ES256', 'elliptic');
});

async function outcome(claims: Readonly<Record<string, unknown>> = {}, key?: SigningKey): Promise<string> {
  const bearerToken = await issuer().sign(server().clock.now(), { ...good(), ...claims }, key);
  const client = createApiClient(server().baseUrl, { organizationId: 'of the issuer', bearerToken });
  const { status, body } = await client.call('GET', '/v1/payers');
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
}

function good(): Readonly<Record<string, unknown>> {
  return {
    iss: issuer().url,
    aud: ['another', 'precert'],
    org_id: undefined,
    'https://clinic.example/organization': 'clinic-7',
    sid: undefined,
    permissions: undefined,
  };
}

function letTheSetAge(): void {
  server().clock.advance(10 * 60 * 1000);
}

describe('a token of an OpenID Connect issuer', () => {
  test('is accepted by keys found through discovery, signed with RS256 or ES256', async () => {
    issuer().publish([issuer().signingKey, ellipticKey]);
    expect([await outcome(), await outcome({}, ellipticKey)]).toEqual(['200', '200']);
    expect([issuer().asked('discovery'), issuer().asked('keySet')]).toEqual([1, 1]);
  });

  test('maps its organization under the issuer’s name', async () => {
    await outcome();
    const rows = await server().database.query('select provider, external_id from external_organization');
    expect(rows).toEqual([{ provider: `oidc:${issuer().url}`, external_id: 'clinic-7' }]);
  });

  test.each([
    ['another issuer', { iss: 'https://api.workos.com' }, '401 unauthorized'],
    ['another audience', { aud: 'another' }, '401 unauthorized'],
    ['no audience', { aud: undefined }, '401 unauthorized'],
    ['no organization', { 'https://clinic.example/organization': undefined }, '403 insufficient_permissions'],
    [
      'an organization by WorkOS’s name',
      { 'https://clinic.example/organization': undefined, org_id: 'clinic-7' },
      '403 insufficient_permissions',
    ],
    [
      'an inherited organization',
      { 'https://clinic.example/organization': undefined, constructor: 'clinic-7' },
      '403 insufficient_permissions',
    ],
    ['a scope without ours', { scope: 'openid profile' }, '200'],
    ['a scope that is none of ours', { scope: 'openid precert:nothing' }, '403 insufficient_permissions'],
    ['a list for a scope', { scope: ['precert:admin'] }, '401 unauthorized'],
  ])('with %s is judged right', async (_name, claims, expected) => {
    expect(await outcome(claims)).toBe(expected);
  });

  test('takes scopes from the scope claim as from permissions', async () => {
    const bearerToken = await issuer().sign(server().clock.now(), {
      ...good(),
      scope: 'openid precert:admin',
    });
    const client = createApiClient(server().baseUrl, { organizationId: 'of the issuer', bearerToken });
    expect((await client.call('GET', '/v1/credentials')).status).toBe(200);
  });

  test('is no WorkOS session: keys of WorkOS are nobody’s here', async () => {
    issuer().addKey('sk_test_a2V5XzAxSFhZWg');
    const bearerToken = 'sk_test_a2V5XzAxSFhZWg';
    const client = createApiClient(server().baseUrl, { organizationId: '', bearerToken });
    expect((await client.call('GET', '/v1/payers')).status).toBe(401);
  });

  const failures: readonly Misbehaviour[] = [404, 500, 'hang', 'garbage', 'other_shape', 'redirect', 'empty'];

  test.each(failures)('outlives a discovery that fails (%s), as long as its key is known', async (how) => {
    letTheSetAge();
    issuer().publish([issuer().signingKey]);
    expect(await outcome()).toBe('200');
    issuer().misbehave('discovery', how);
    letTheSetAge();
    expect(await outcome()).toBe('200');
    expect(await outcome({}, { ...ellipticKey, kid: 'new' })).toBe('503 service_unavailable');
  });
});
