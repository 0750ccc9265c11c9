/** The token endpoint of SMART Backend Services (SMART App Launch 2.1, backend services), from the EMR's side. */

import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Clock } from '../../platform/clock.ts';

/** A registered app. */
export interface SmartClient {
  readonly clientId: string;
  readonly jwks: JSONWebKeySet;
  /** What it may ask for. */
  readonly scopes: readonly string[];
}

export interface SmartOptions {
  readonly clients: readonly SmartClient[];
  /** Default 300, as eClinicalWorks issues them. */
  readonly tokenSeconds?: number;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string | number>>;
}

export interface TokenDesk {
  issue(form: URLSearchParams, tokenUrl: string): Promise<TokenAnswer>;
  accepts(authorization: string | undefined): boolean;
  /** All tokens are void at once. */
  revokeAll(): void;
  /** The practice takes the app's access away. */
  removeClient(clientId: string): void;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const longestAssertionSeconds = 300;

export function createTokenDesk(
  options: SmartOptions,
  { clock, random }: { readonly clock: Clock; readonly random: (size: number) => Uint8Array },
): TokenDesk {
  const clients = new Map(options.clients.map((client) => [client.clientId, client]));
  const expiries = new Map<string, number>();
  const usedAssertions = new Set<string>();
  const seconds = options.tokenSeconds ?? 300;
  return {
    async issue(form, tokenUrl) {
      const assertion = form.get('client_assertion') ?? '';
      if (form.get('grant_type') !== 'client_credentials') return oauthError('unsupported_grant_type');
      if (form.get('client_assertion_type') !== assertionType) return oauthError('invalid_request');
      const client = await identify(clients, assertion, { tokenUrl, now: clock.now(), usedAssertions });
      if (client === undefined) return oauthError('invalid_client', 401);
      const scope = form.get('scope') ?? '';
      const isAllowed = scope !== '' && scope.split(' ').every((name) => client.scopes.includes(name));
      if (!isAllowed) return oauthError('invalid_scope');
      const token = Buffer.from(random(24)).toString('base64url');
      expiries.set(token, clock.now().getTime() + seconds * 1000);
      return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: seconds, scope } };
    },
    accepts(authorization) {
      const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
      return (expiries.get(token) ?? 0) > clock.now().getTime();
    },
    revokeAll: () => expiries.clear(),
    removeClient(clientId) {
      clients.delete(clientId);
      expiries.clear();
    },
  };
}

/** The client whose key signed the assertion; undefined when anything about it is wrong. */
async function identify(
  clients: ReadonlyMap<string, SmartClient>,
  assertion: string,
  context: { readonly tokenUrl: string; readonly now: Date; readonly usedAssertions: Set<string> },
): Promise<SmartClient | undefined> {
  const { tokenUrl, now, usedAssertions } = context;
  try {
    const client = clients.get(decodeJwt(assertion).iss ?? '');
    if (client === undefined) return undefined;
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(client.jwks), {
      algorithms: ['RS384'],
      issuer: client.clientId,
      subject: client.clientId,
      audience: tokenUrl,
      requiredClaims: ['exp', 'jti'],
      currentDate: now,
    });
    const { exp = 0, jti } = payload;
    const isLong = exp - now.getTime() / 1000 > longestAssertionSeconds;
    const name = `${client.clientId} ${jti}`;
    if (isLong || typeof jti !== 'string' || usedAssertions.has(name)) return undefined;
    usedAssertions.add(name);
    return client;
  } catch {
    // Whatever is wrong with it, the caller is told the same (RFC 6749, 5.2).
    return undefined;
  }
}

function oauthError(error: string, status = 400): TokenAnswer {
  return { status, body: { error } };
}
