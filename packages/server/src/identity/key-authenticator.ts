import type { Environment } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import { AnswerCache } from './answer-cache.ts';
import { type Authenticator, unauthorized } from './authenticator.ts';
import { type ActiveCredential, findActiveCredential } from './credential-queries.ts';
import type { CredentialUses } from './credential-uses.ts';
import { scopesUpTo } from './scope.ts';
import { environmentOfToken } from './token.ts';

/** A found credential is trusted this long without asking again, so a revocation bites within a second. */
const cacheMs = 900;

/** Knows callers by keys of our own. A token whose form or checksum is wrong costs no query. */
export function createKeyAuthenticator(dependencies: {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly hash: KeyedHash;
  readonly environment: Environment;
  readonly uses?: CredentialUses;
}): Authenticator {
  const { database, clock, hash, environment, uses } = dependencies;
  const cache = new AnswerCache<ActiveCredential | undefined>({
    clock,
    pendingMs: cacheMs,
    lifetimeMs: () => cacheMs,
  });
  return {
    async authenticate(bearerToken) {
      refuseOtherEnvironment(bearerToken, environment);
      const tokenHash = hash.hex(bearerToken);
      const credential = await cache.get(tokenHash, () => findActiveCredential(database, tokenHash));
      if (credential === undefined || credential.environment !== environment) throw unauthorized();
      if (credential.expiresAt !== null && credential.expiresAt <= clock.now()) throw unauthorized();
      uses?.note(credential);
      return {
        organizationId: credential.organizationId,
        credentialId: credential.id,
        scopes: scopesUpTo(credential.scope),
        kind: 'key',
      };
    },
  };
}

function refuseOtherEnvironment(bearerToken: string, environment: Environment): void {
  const tokenEnvironment = environmentOfToken(bearerToken);
  if (tokenEnvironment === undefined) throw unauthorized();
  if (tokenEnvironment === environment) return;
  throw new PrecertError(
    'insufficient_permissions',
    `This is a ${tokenEnvironment} credential; this server runs the ${environment} environment.`,
  );
}
