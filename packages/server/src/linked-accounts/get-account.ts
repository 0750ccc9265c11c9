import type { Queryable } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import type { AccountReference, LinkedAccount } from './linked-account.ts';
import { findAccount } from './linked-account-queries.ts';

/** @throws PrecertError `linked_account_not_found` */
export async function getAccount(database: Queryable, reference: AccountReference): Promise<LinkedAccount> {
  const account = await findAccount(database, reference);
  if (account === undefined) throw accountNotFound();
  return account;
}

export function accountNotFound(): PrecertError {
  return new PrecertError('linked_account_not_found', 'No linked account has this id.');
}
