import type { Environment } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../platform/database/database.ts';
import { invalidField } from '../platform/errors.ts';
import type { IdGenerator } from '../platform/ids.ts';
import { type Credential, insertCredential } from './credential-queries.ts';
import { insertOrganization } from './organization-queries.ts';
import type { Scope } from './scope.ts';
import { mintToken } from './token.ts';

export interface IdentityDependencies {
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly hash: KeyedHash;
  readonly environment: Environment;
}

export interface CredentialRequest {
  readonly organizationId: string;
  readonly name: string;
  readonly scope: Scope;
  /** Undefined: never. */
  readonly expiresAt?: Date | undefined;
}

export interface IssuedCredential {
  readonly credentialId: string;
  /** Shown once; it cannot be had again. */
  readonly bearerToken: string;
  readonly credential: Credential;
}

export async function createOrganization(
  database: Queryable,
  dependencies: IdentityDependencies,
  name: string,
): Promise<string> {
  const id = dependencies.ids.next('org');
  await insertOrganization(database, { id, name, createdAt: dependencies.clock.now() });
  return id;
}

/**
 * Mints a token and stores its keyed hash.
 * @throws PrecertError `validation_error` when it would expire before it is issued
 */
export async function issueCredential(
  database: Queryable,
  dependencies: IdentityDependencies,
  request: CredentialRequest,
): Promise<IssuedCredential> {
  const { organizationId, name, scope, expiresAt } = request;
  const createdAt = dependencies.clock.now();
  requireFuture(expiresAt, createdAt);
  const bearerToken = mintToken(dependencies.environment);
  const id = dependencies.ids.next('key');
  const lastFour = bearerToken.slice(-4);
  await insertCredential(database, {
    id,
    organizationId,
    environment: dependencies.environment,
    name,
    scope,
    tokenHash: dependencies.hash.hex(bearerToken),
    tokenLastFour: lastFour,
    createdAt,
    expiresAt,
  });
  const unused = { lastUsedAt: undefined, revokedAt: undefined };
  return {
    credentialId: id,
    bearerToken,
    credential: { id, name, scope, lastFour, createdAt, expiresAt, ...unused },
  };
}

/** PostgreSQL holds more years than a Date can be written in; four digits are enough for anybody's key. */
function requireFuture(expiresAt: Date | undefined, now: Date): void {
  if (expiresAt === undefined || (expiresAt > now && expiresAt.getUTCFullYear() <= 9999)) return;
  throw invalidField('expiresAt', 'too_small', 'Expected an instant in the future.');
}
