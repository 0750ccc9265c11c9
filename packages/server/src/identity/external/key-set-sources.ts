import { callProvider } from './call-provider.ts';
import { ProviderFailure } from './provider-failure.ts';

/** WorkOS has one set per client, and that is what ties a token to its environment: it names no audience. */
export function workosKeySet(apiUrl: string, clientId: string, timeoutMs: number): () => Promise<unknown> {
  return () => callProvider({ url: `${apiUrl}/sso/jwks/${encodeURIComponent(clientId)}`, timeoutMs });
}

/** OpenID Connect Discovery 1.0, 4. The document is read each time: an issuer may move its keys. */
export function discoveredKeySet(issuer: string, timeoutMs: number): () => Promise<unknown> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  return async () => {
    const configuration = await callProvider({ url, timeoutMs });
    return callProvider({ url: keySetUrl(configuration, issuer), timeoutMs });
  };
}

/** Discovery 4.3: the document must name the very issuer it was asked of. */
function keySetUrl(configuration: unknown, issuer: string): string {
  if (typeof configuration === 'object' && configuration !== null) {
    const named: unknown = Reflect.get(configuration, 'issuer');
    const url: unknown = Reflect.get(configuration, 'jwks_uri');
    if (named === issuer && typeof url === 'string' && mayBeAsked(url, issuer)) return url;
  }
  throw new ProviderFailure('malformed_answer');
}

/** Keys fetched in the clear are anybody's; `http` is for an issuer that was itself configured so. */
function mayBeAsked(url: string, issuer: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && issuer.startsWith('http:'));
}
