import { PrecertError } from '../platform/errors.ts';
import type { Principal } from './principal.ts';

/** Knows the caller by one kind of bearer token. */
export interface Authenticator {
  /**
   * @throws PrecertError `unauthorized` for anything that is no live credential, `insufficient_permissions` for a good
   *         one that has no business here, `service_unavailable` when nobody can tell.
   */
  authenticate(bearerToken: string): Promise<Principal>;
}

/** One text for missing and wrong, so that nothing is learned from the difference. */
export function unauthorized(): PrecertError {
  return new PrecertError('unauthorized', 'A valid bearer token is needed: `Authorization: Bearer <token>`.');
}
