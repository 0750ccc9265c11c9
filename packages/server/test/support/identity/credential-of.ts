import { issueCredential } from '../../../src/identity/issue-credential.ts';
import type { Scope } from '../../../src/identity/scope.ts';
import { type ApiClient, createApiClient } from '../api/api-client.ts';
import type { TestServer } from '../api/test-server.ts';

/** Another credential of the same organization, as a client. */
export async function credentialOf(
  { app, database, baseUrl }: TestServer,
  { organizationId }: ApiClient,
  request: { readonly scope: Scope; readonly expiresAt?: Date },
): Promise<ApiClient & { readonly credentialId: string }> {
  const issued = await issueCredential(database, app.identity, {
    organizationId,
    name: `of scope ${request.scope}`,
    ...request,
  });
  const { credentialId, bearerToken } = issued;
  return { ...createApiClient(baseUrl, { organizationId, bearerToken }), credentialId };
}
