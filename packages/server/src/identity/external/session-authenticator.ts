import { type CryptoKey, errors, type JWSHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { PrecertError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/observability/logger.ts';
import { type Authenticator, unauthorized } from '../authenticator.ts';
import type { ExternalOrganizations } from './external-organizations.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { scopesFromPermissions } from './permission-scopes.ts';
import { identityUnavailable, ProviderFailure } from './provider-failure.ts';
import { readSessionClaims, type SessionClaims } from './session-claims.ts';

export interface SessionRules {
  readonly issuers: readonly string[];
  readonly algorithms: readonly ('RS256' | 'ES256')[];
  /** Undefined: not looked at. */
  readonly audience: string | undefined;
  readonly organizationClaim: string;
  readonly refuseImpersonation: boolean;
}

/** How far the issuer's clock and ours may be apart. */
const clockToleranceSeconds = 30;

/** RFC 8725, 3.11: a token that says it is for another purpose, such as `logout+jwt`, is not for this one. */
const acceptedTypes = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

/** Knows callers by signed sessions (JWT) of one issuer, whose keys were fetched from where the operator said. */
export function createSessionAuthenticator(dependencies: {
  readonly rules: SessionRules;
  readonly keys: IssuerKeys;
  readonly organizations: ExternalOrganizations;
  readonly clock: Clock;
  readonly logger: Logger;
}): Authenticator {
  const { rules, keys, organizations, clock, logger } = dependencies;
  return {
    async authenticate(bearerToken) {
      const payload = await verify(bearerToken, rules, keys, clock, logger);
      const claims = readSessionClaims(payload, rules.organizationClaim);
      const externalId = admittedOrganization(claims, rules);
      return {
        organizationId: await organizations.organizationIdOf(externalId),
        credentialId: claims.sessionId,
        scopes: scopesFromPermissions(claims.permissions),
        kind: 'session',
        subject: claims.subject,
        ...(claims.actor === undefined ? {} : { actor: claims.actor }),
      };
    },
  };
}

async function verify(
  token: string,
  rules: SessionRules,
  keys: IssuerKeys,
  clock: Clock,
  logger: Logger,
): Promise<JWTPayload> {
  const now = clock.now();
  try {
    const { payload } = await jwtVerify(token, (header) => keyFor(header, keys), {
      algorithms: [...rules.algorithms],
      issuer: [...rules.issuers],
      ...(rules.audience === undefined ? {} : { audience: rules.audience }),
      requiredClaims: ['exp', 'sub'],
      clockTolerance: clockToleranceSeconds,
      currentDate: now,
    });
    requirePast(payload.iat, now);
    return payload;
  } catch (error) {
    throw refusalOf(error, logger);
  }
}

/** `jku`, `jwk`, `x5u` and `x5c` of the header are never looked at: whoever signs would name the key. */
async function keyFor(header: JWSHeaderParameters, keys: IssuerKeys): Promise<CryptoKey> {
  const { kid, typ, crit } = header;
  if (typeof kid !== 'string' || kid === '' || crit !== undefined) throw unauthorized();
  if (!acceptedTypes.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw unauthorized();
  const key = await keys.find(header);
  if (key === undefined) throw unauthorized();
  return key;
}

function requirePast(issuedAt: number | undefined, now: Date): void {
  if (issuedAt !== undefined && issuedAt > now.getTime() / 1000 + clockToleranceSeconds) throw unauthorized();
}

function refusalOf(error: unknown, logger: Logger): PrecertError {
  if (error instanceof PrecertError) return error;
  // Whatever jose finds wrong is wrong with the token; where keys come from is our own code.
  if (error instanceof errors.JOSEError) return unauthorized();
  const failure =
    error instanceof ProviderFailure ? error : new ProviderFailure('unavailable', { cause: error });
  logger.error({ err: failure, reason: failure.reason }, 'session not checked');
  return identityUnavailable(failure);
}

/** @throws PrecertError `insufficient_permissions` */
function admittedOrganization(claims: SessionClaims, rules: SessionRules): string {
  if (claims.externalOrganizationId === undefined) {
    throw new PrecertError('insufficient_permissions', 'The session is not one of an organization.');
  }
  if (claims.actor !== undefined && rules.refuseImpersonation) {
    throw new PrecertError(
      'insufficient_permissions',
      'Sessions of impersonated users are not accepted here.',
    );
  }
  return claims.externalOrganizationId;
}
