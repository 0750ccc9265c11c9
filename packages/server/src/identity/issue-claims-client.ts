import type { Queryable } from '../platform/database/database.ts';
import { insertClient } from './claims-client-queries.ts';
import { type ClientKeys, mintClientKeys } from './claims-token.ts';
import type { IdentityDependencies } from './issue-credential.ts';

/** Mints a client of the claims API and stores its secret's keyed hash. The secret is returned once and cannot be had again. */
export async function issueClaimsClient(
  database: Queryable,
  dependencies: Omit<IdentityDependencies, 'ids'>,
  request: { readonly organizationId: string; readonly name: string },
): Promise<ClientKeys> {
  const { environment, hash, clock } = dependencies;
  const keys = mintClientKeys(environment);
  await insertClient(database, {
    id: keys.clientId,
    organizationId: request.organizationId,
    environment,
    name: request.name,
    secretHash: hash.hex(keys.clientSecret),
    secretLastFour: keys.clientSecret.slice(-4),
    createdAt: clock.now(),
  });
  return keys;
}
