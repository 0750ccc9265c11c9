import type { Transaction } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import { publishEvent } from '../webhooks/publish-events.ts';
import { accountEvent } from './account-event.ts';
import type { LinkedAccountsContext } from './context.ts';
import type { LinkedAccount } from './linked-account.ts';
import { updateLoginRequired } from './linked-account-queries.ts';

/**
 * Notes that the EMR no longer takes the account's credentials and tells so, once: until the account is relinked its
 * token is answered `login_required` (contract claims.md, 3.2 and 3.5).
 * @param keys asked for before the transaction begins
 * @param used the account as it was read when the EMR was asked; one that was relinked since is left alone
 */
export async function requireLogin(
  transaction: Transaction,
  context: Pick<LinkedAccountsContext, 'ids' | 'clock' | 'wakeDeliveries'>,
  keys: OrganizationKeys,
  used: Pick<LinkedAccount, 'organizationId' | 'id' | 'updatedAt'>,
  message: string,
): Promise<void> {
  const now = context.clock.now();
  const account = await updateLoginRequired(transaction, used, now);
  if (account === undefined) return;
  const event = accountEvent(context.ids, account, {
    type: 'access_token.login_required',
    data: {
      access_token_reference_id: account.accessTokenReferenceId,
      emr_instance_domain: account.emrInstanceDomain,
      message,
    },
    occurredAt: now,
  });
  await publishEvent(transaction, context, keys, event);
}
