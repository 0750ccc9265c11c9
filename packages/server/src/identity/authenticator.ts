import type { Environment } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import { type Credential, findActiveCredential } from './credential-queries.ts';
import type { Principal } from './principal.ts';
import { scopesUpTo } from './scope.ts';
import { environmentOfToken } from './token.ts';

/** The seam for other kinds of bearer token (WorkOS keys and sessions, OIDC). */
export interface Authenticator {
  /**
   * @throws PrecertError `unauthorized` for anything that is no live credential,
   *         `insufficient_permissions` for a well-formed token of the other environment.
   */
  authenticate(bearerToken: string): Promise<Principal>;
}

/** A found credential is trusted this long without asking again, so a revocation bites within a second. */
const cacheMilliseconds = 900;
const cacheCapacity = 10_000;

interface CacheEntry {
  readonly credential: Promise<Credential | undefined>;
  readonly askedAt: number;
}

export function createTokenAuthenticator(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly hash: KeyedHash;
  readonly environment: Environment;
}): Authenticator {
  const { database, clock, hash, environment } = dependencies;
  const cache = new Map<string, CacheEntry>();

  function lookUp(tokenHash: string): Promise<Credential | undefined> {
    const now = clock.now().getTime();
    const cached = cache.get(tokenHash);
    if (cached !== undefined && Math.abs(now - cached.askedAt) < cacheMilliseconds) return cached.credential;
    if (cache.size >= cacheCapacity) cache.clear();
    const credential = findActiveCredential(database, tokenHash);
    // A failed look-up must not be remembered as an answer.
    credential.catch(() => cache.delete(tokenHash));
    cache.set(tokenHash, { credential, askedAt: now });
    return credential;
  }

  return {
    async authenticate(bearerToken) {
      const tokenEnvironment = environmentOfToken(bearerToken);
      if (tokenEnvironment === undefined) throw unauthorized();
      if (tokenEnvironment !== environment) {
        throw new PrecertError(
          'insufficient_permissions',
          `This is a ${tokenEnvironment} credential; this server runs the ${environment} environment.`,
        );
      }
      const credential = await lookUp(hash.hex(bearerToken));
      if (credential === undefined || credential.environment !== environment) throw unauthorized();
      return {
        organizationId: credential.organizationId,
        credentialId: credential.id,
        scopes: scopesUpTo(credential.scope),
        kind: 'key',
      };
    },
  };
}

/** One text for missing and wrong, so that nothing is learned from the difference. */
export function unauthorized(): PrecertError {
  return new PrecertError('unauthorized', 'A valid bearer token is needed: `Authorization: Bearer <token>`.');
}
