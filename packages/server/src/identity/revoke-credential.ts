import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import { findCredential, revokeCredential } from './credential-queries.ts';
import type { Principal } from './principal.ts';

/**
 * Ends a credential of the caller's organization; the same again changes nothing. Never the one the call was made
 * with: an organization that locks itself out needs its operator.
 * @throws PrecertError `credential_not_found`, `credential_in_use`
 */
export async function revokeOwnCredential(
  dependencies: { readonly database: Queryable; readonly clock: Clock },
  principal: Principal,
  credentialId: string,
): Promise<void> {
  const { database, clock } = dependencies;
  const { organizationId } = principal;
  if (principal.kind === 'key' && principal.credentialId === credentialId) {
    throw new PrecertError(
      'credential_in_use',
      'A credential cannot revoke itself; use another one with the scope `admin`.',
    );
  }
  if ((await revokeCredential(database, organizationId, credentialId, clock.now())) > 0) return;
  if ((await findCredential(database, organizationId, credentialId)) !== undefined) return;
  throw new PrecertError('credential_not_found', 'There is no credential of this id.');
}
