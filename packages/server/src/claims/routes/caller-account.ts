import type { AccountScope } from '../../identity/claims-authentication.ts';
import { invalidCredentials } from '../../identity/claims-authenticator.ts';
import type { LinkedAccount } from '../../linked-accounts/linked-account.ts';
import { findAccount } from '../../linked-accounts/linked-account-queries.ts';
import type { ClaimsContext } from '../context.ts';

/** @throws PrecertError `unauthorized` when the account was revoked since its token was looked at, a moment ago */
export async function accountOfCaller(context: ClaimsContext, scope: AccountScope): Promise<LinkedAccount> {
  const account = await findAccount(context.database, scope);
  if (account === undefined) throw invalidCredentials();
  return account;
}
