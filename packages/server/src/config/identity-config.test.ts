import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

function mistakesOf(variables: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('identity settings', () => {
  test('without any accept our own keys alone', () => {
    const { config, secrets } = readConfig({});
    expect(config.identity).toEqual({
      workosApiUrl: 'https://api.workos.com',
      sessions: undefined,
      refuseImpersonation: false,
    });
    expect(secrets.workosApiKey).toBeUndefined();
  });

  test('of WorkOS know the issuers it uses, or those that are named', () => {
    const client = { PRECERT_WORKOS_CLIENT_ID: 'client_1' };
    expect(readConfig(client).config.identity.sessions).toEqual({
      kind: 'workos',
      clientId: 'client_1',
      issuers: [
        'https://api.workos.com',
        'https://api.workos.com/',
        'https://api.workos.com/user_management/client_1',
      ],
    });
    const named = { ...client, PRECERT_WORKOS_ISSUERS: 'https://login.clinic.example , https://b.example' };
    expect(readConfig(named).config.identity.sessions).toMatchObject({
      issuers: ['https://login.clinic.example', 'https://b.example'],
    });
  });

  test('of an OIDC issuer keep its URL letter by letter', () => {
    const variables = { PRECERT_OIDC_ISSUER: 'https://id.example/realms/Clinic/' };
    expect(readConfig(variables).config.identity.sessions).toEqual({
      kind: 'oidc',
      issuer: 'https://id.example/realms/Clinic/',
      audience: undefined,
      organizationClaim: 'org_id',
    });
  });

  test.each([
    [{ PRECERT_WORKOS_CLIENT_ID: 'c', PRECERT_OIDC_ISSUER: 'https://id.example' }, 'are both set'],
    [{ PRECERT_WORKOS_ISSUERS: 'https://a.example' }, 'does nothing without PRECERT_WORKOS_CLIENT_ID'],
    [{ PRECERT_OIDC_AUDIENCE: 'precert' }, 'does nothing without PRECERT_OIDC_ISSUER'],
    [{ PRECERT_OIDC_ORGANIZATION_CLAIM: 'tenant' }, 'does nothing without PRECERT_OIDC_ISSUER'],
    [{ PRECERT_OIDC_ISSUER: 'http://id.example' }, 'PRECERT_OIDC_ISSUER is not an https URL'],
    [{ PRECERT_OIDC_ISSUER: 'https://user:password@id.example' }, 'PRECERT_OIDC_ISSUER is not an https URL'],
    [{ PRECERT_OIDC_ISSUER: 'id.example' }, 'PRECERT_OIDC_ISSUER is not an https URL'],
    [{ PRECERT_WORKOS_API_URL: 'http://169.254.169.254' }, 'PRECERT_WORKOS_API_URL is not an https URL'],
    [{ PRECERT_WORKOS_API_URL: 'https://proxy.example/?a=b' }, 'PRECERT_WORKOS_API_URL is not an https URL'],
    [{ PRECERT_REFUSE_IMPERSONATION: 'yes' }, 'PRECERT_REFUSE_IMPERSONATION is none of false, true'],
  ])('are refused when they make no sense: %j', (variables, mistake) => {
    const mistakes = mistakesOf(variables);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(mistake);
    expect(mistakes[0]).not.toContain('password');
  });

  test('take a proxy on this machine without TLS', () => {
    const variables = { PRECERT_WORKOS_API_URL: 'http://127.0.0.1:9000/workos/' };
    expect(readConfig(variables).config.identity.workosApiUrl).toBe('http://127.0.0.1:9000/workos');
  });
});
