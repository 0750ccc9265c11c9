import type { EmrConnectorKind } from '../emr/connector.ts';
import { mintAccessToken } from '../identity/claims-token.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { LinkedAccountsContext } from './context.ts';
import { checkedInstanceDomain, checkTimezone } from './link-settings.ts';
import type { LinkedAccount, LinkedBy } from './linked-account.ts';
import { type HashedToken, insertAccount } from './linked-account-queries.ts';

export interface AccountToLink {
  readonly connector: EmrConnectorKind;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly by: LinkedBy;
  /** Default: the account's id. */
  readonly accessTokenReferenceId?: string | undefined;
  /** Default: UTC. */
  readonly timezone?: string | undefined;
}

export interface AccountWithToken {
  readonly account: LinkedAccount;
  /** Shown once; only its keyed hash is kept. */
  readonly accessToken: string;
}

/**
 * Links an EMR to an organization. The first sync begins at once; what it brings in is told by no event.
 * @throws PrecertError `validation_error`
 */
export async function linkAccount(
  context: LinkedAccountsContext,
  organizationId: string,
  request: AccountToLink,
): Promise<AccountWithToken> {
  const { connector, settings, by, timezone = 'UTC' } = request;
  const emrInstanceDomain = checkedInstanceDomain(context, { connector, settings, organizationId, by });
  checkTimezone(timezone);
  const id = context.ids.next('acc');
  const now = context.clock.now();
  const { accessToken, hashed } = newAccessToken(context.hash);
  const account: LinkedAccount = {
    organizationId,
    id,
    accessTokenLastFour: hashed.accessTokenLastFour,
    accessTokenReferenceId: request.accessTokenReferenceId ?? id,
    connector,
    settings,
    linkedBy: by,
    emrInstanceDomain,
    timezone,
    state: 'active',
    lastSyncedAt: undefined,
    createdAt: now,
    updatedAt: now,
  };
  await insertAccount(context.database, { ...account, ...hashed });
  await context.wakeAccount({ organizationId, accountId: id });
  return { account, accessToken };
}

export function newAccessToken(hash: KeyedHash): {
  readonly accessToken: string;
  readonly hashed: HashedToken;
} {
  const accessToken = mintAccessToken();
  return {
    accessToken,
    hashed: { accessTokenHash: hash.hex(accessToken), accessTokenLastFour: accessToken.slice(-4) },
  };
}
