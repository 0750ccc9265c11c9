import type { Environment } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { IdGenerator } from '../platform/ids.ts';
import { insertCredential, insertOrganization } from './credential-queries.ts';
import type { Scope } from './scope.ts';
import { mintToken } from './token.ts';

export interface IdentityDependencies {
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly hash: KeyedHash;
  readonly environment: Environment;
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

/** Mints a token and stores its keyed hash. The token is returned once and cannot be had again. */
export async function issueCredential(
  database: Queryable,
  dependencies: IdentityDependencies,
  request: { readonly organizationId: string; readonly name: string; readonly scope: Scope },
): Promise<{ readonly credentialId: string; readonly bearerToken: string }> {
  const bearerToken = mintToken(dependencies.environment);
  const credentialId = dependencies.ids.next('key');
  await insertCredential(database, {
    id: credentialId,
    organizationId: request.organizationId,
    environment: dependencies.environment,
    name: request.name,
    tokenHash: dependencies.hash.hex(bearerToken),
    tokenLastFour: bearerToken.slice(-4),
    createdAt: dependencies.clock.now(),
    scope: request.scope,
  });
  return { credentialId, bearerToken };
}
