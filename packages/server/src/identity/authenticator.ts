import type { Environment } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import { type Credential, findActiveCredential } from './credential-queries.ts';
import { LookupCache } from './lookup-cache.ts';
import { environmentOfToken } from './token.ts';

/** Who is calling. Every query of every feature takes `organizationId` from here and from nowhere else. */
export interface Principal {
  readonly organizationId: string;
  readonly credentialId: string;
}

/** The seam for other kinds of bearer token (WorkOS keys and sessions, OIDC). */
export interface Authenticator {
  /**
   * @throws PrecertError `unauthorized` for anything that is no live credential,
   *         `insufficient_permissions` for a well-formed token of the other environment.
   */
  authenticate(bearerToken: string): Promise<Principal>;
}

export function createTokenAuthenticator(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly hash: KeyedHash;
  readonly environment: Environment;
}): Authenticator {
  const { database, clock, hash, environment } = dependencies;
  const cache = new LookupCache<Credential>(clock);
  const lookUp = (tokenHash: string) => findActiveCredential(database, tokenHash);
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
      const credential = await cache.find(hash.hex(bearerToken), lookUp);
      if (credential === undefined || credential.environment !== environment) throw unauthorized();
      return { organizationId: credential.organizationId, credentialId: credential.id };
    },
  };
}

/** One text for missing and wrong, so that nothing is learned from the difference. */
export function unauthorized(): PrecertError {
  return new PrecertError('unauthorized', 'A valid bearer token is needed: `Authorization: Bearer <token>`.');
}
