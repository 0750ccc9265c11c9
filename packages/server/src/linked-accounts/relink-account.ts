import type { LinkedAccountsContext } from './context.ts';
import { accountNotFound, getAccount } from './get-account.ts';
import { newAccessToken } from './link-account.ts';
import { checkedInstanceDomain, checkSamePlace, checkTimezone } from './link-settings.ts';
import type { AccountReference, LinkedAccount, LinkedBy } from './linked-account.ts';
import { updateRelinked } from './linked-account-queries.ts';

export interface Relinking {
  readonly by: LinkedBy;
  /** Of the same EMR. Default: as they are, for credentials that were mended where the settings point to. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly timezone?: string | undefined;
  /** Makes a new access token; the old one is dead within a second. */
  readonly rotateToken?: boolean | undefined;
}

/**
 * Takes up an account again whose credentials were renewed (contract claims.md, 3.3, step 4). It is active from now
 * on, and what waited for it goes on.
 * @throws PrecertError `linked_account_not_found`, `validation_error`
 */
export async function relinkAccount(
  context: LinkedAccountsContext,
  reference: AccountReference,
  request: Relinking,
): Promise<{ readonly account: LinkedAccount; readonly accessToken: string | undefined }> {
  const current = await getAccount(context.database, reference);
  const { settings = current.settings, timezone = current.timezone } = request;
  const linkedBy = request.settings === undefined ? current.linkedBy : request.by;
  const emrInstanceDomain = checkedInstanceDomain(context, {
    connector: current.connector,
    settings,
    organizationId: reference.organizationId,
    // What the operator named once may be taken up again by the organization; what it named itself, while that is open.
    by: request.by === 'organization' ? linkedBy : request.by,
  });
  checkSamePlace(context, current, settings);
  checkTimezone(timezone);
  const token = request.rotateToken === true ? newAccessToken(context.hash) : undefined;
  const account = await updateRelinked(context.database, reference, {
    settings,
    linkedBy,
    emrInstanceDomain,
    timezone,
    token: token?.hashed,
    at: context.clock.now(),
  });
  if (account === undefined) throw accountNotFound();
  await context.wakeAccount(reference);
  return { account, accessToken: token?.accessToken };
}
