import type { LinkedAccountsContext } from './context.ts';
import { accountNotFound } from './get-account.ts';
import type { AccountReference } from './linked-account.ts';
import { revokeAccount } from './linked-account-queries.ts';

/**
 * The access token is dead within a second, nothing is synced any more, and claims that wait for the EMR fail. What was
 * read and done stays.
 * @throws PrecertError `linked_account_not_found`
 */
export async function unlinkAccount(
  context: LinkedAccountsContext,
  reference: AccountReference,
): Promise<void> {
  if ((await revokeAccount(context.database, reference, context.clock.now())) === 0) throw accountNotFound();
  await context.wakeAccount(reference);
}
