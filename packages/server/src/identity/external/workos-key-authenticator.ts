import type { Clock } from '../../platform/clock.ts';
import type { KeyedHash } from '../../platform/crypto/keyed-hash.ts';
import { PrecertError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/observability/logger.ts';
import { AnswerCache } from '../answer-cache.ts';
import { type Authenticator, unauthorized } from '../authenticator.ts';
import type { ExternalOrganizations } from './external-organizations.ts';
import { scopesFromPermissions } from './permission-scopes.ts';
import { identityUnavailable, ProviderFailure } from './provider-failure.ts';
import type { ValidateWorkosKey, WorkosKey } from './validate-workos-key.ts';

/** A revoked key lives on this long at most. */
const goodMs = 30_000;
/** A key that was not one may have become one. */
const badMs = 10_000;

/** Wider than any key WorkOS has shown, narrow enough not to forward a novel. */
const keyPattern = /^sk_[A-Za-z0-9._~+/=-]{8,512}$/;

/** Knows callers by organization API keys of WorkOS's. */
export function createWorkosKeyAuthenticator(dependencies: {
  readonly validate: ValidateWorkosKey;
  readonly organizations: ExternalOrganizations;
  readonly hash: KeyedHash;
  readonly clock: Clock;
  readonly logger: Logger;
}): Authenticator {
  const { validate, organizations, hash, clock, logger } = dependencies;
  const cache = new AnswerCache<WorkosKey | undefined>({
    clock,
    // A call ends by itself.
    pendingMs: Number.POSITIVE_INFINITY,
    lifetimeMs: (key) => (key === undefined ? badMs : goodMs),
  });

  async function ask(bearerToken: string): Promise<WorkosKey | undefined> {
    try {
      return await validate(bearerToken);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      logger.error({ err: error, reason: error.reason }, 'WorkOS key not checked');
      throw identityUnavailable(error);
    }
  }

  return {
    async authenticate(bearerToken) {
      if (!keyPattern.test(bearerToken)) throw unauthorized();
      const key = await cache.get(hash.hex(bearerToken), () => ask(bearerToken));
      if (key === undefined) throw unauthorized();
      if (key.ownerType !== 'organization') {
        throw new PrecertError(
          'insufficient_permissions',
          'The key is a user’s; keys of organizations are accepted.',
        );
      }
      return {
        organizationId: await organizations.organizationIdOf(key.ownerId),
        credentialId: key.id,
        scopes: scopesFromPermissions(key.permissions),
        kind: 'workos_key',
      };
    },
  };
}
