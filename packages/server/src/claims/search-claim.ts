import { type EmrConnector, EmrReadError } from '../emr/connector.ts';
import { requireLogin } from '../linked-accounts/require-login.ts';
import type { ClaimsContext } from './context.ts';
import { creatableState } from './lifecycle.ts';
import type { Posting } from './post-claim.ts';
import { maximumCreateCalls, searchDelayMs, unknownAfterMs } from './posting-delays.ts';
import { confirmClaim, failClaim, loseTrackOfClaim } from './settle-claim.ts';
import { forgetIntent, postponeSearch, takeOffSchedule } from './settlement-queries.ts';

/** A search of the EMR has no effect there, so it may be given up and repeated. */
const searchTimeoutMs = 30_000;

/**
 * Finds out whether the EMR has a claim that it was, or may have been, asked to create.
 * @param connector undefined when the account is revoked, or its EMR cannot be asked from here and now
 * @param intentAgeMs since the EMR may first have been asked
 * @returns true when the EMR provably does not have it and it may be created again; else what is known is recorded
 * @throws LeaseLostError
 */
export async function searchClaim(
  context: ClaimsContext,
  posting: Posting,
  connector: EmrConnector | undefined,
  intentAgeMs: number,
): Promise<boolean> {
  const { claim, account } = posting;
  if (account.isRevoked || connector?.capabilities.findClaimByMarker === false) {
    await waitForPerson(context, posting);
    return false;
  }
  // Its settings, or those of this server, can be mended: unlike an EMR that has no search, it is asked again.
  if (connector === undefined) {
    await searchLater(context, posting, intentAgeMs, 0);
    return false;
  }
  const { createTimeoutMs, settlingMs } = connector.capabilities;
  const believedAfterMs = createTimeoutMs + settlingMs;
  // A dead login finds nothing, and whoever mends it wakes the claim.
  const result = account.state === 'active' ? await find(context, posting, connector) : 'no_answer';
  if (result === 'cannot_be_asked') {
    await waitForPerson(context, posting);
    return false;
  }
  if (typeof result === 'object') {
    await confirmClaim(context, posting, result.emrClaimId);
    return false;
  }
  if (result === 'no_answer' || intentAgeMs < believedAfterMs) {
    await searchLater(context, posting, intentAgeMs, believedAfterMs);
    return false;
  }
  if (claim.createCalls < maximumCreateCalls) {
    await forgetIntent(context.database, claim);
    return true;
  }
  await failClaim(context, posting, [
    { code: 'timeout', description: 'The EMR was asked several times and created nothing.' },
  ]);
  return false;
}

type SearchResult = { readonly emrClaimId: string } | 'absent' | 'no_answer' | 'cannot_be_asked';

async function find(
  context: ClaimsContext,
  { claim, account, lost }: Posting,
  connector: EmrConnector,
): Promise<SearchResult> {
  const signal = AbortSignal.any([lost, AbortSignal.timeout(searchTimeoutMs)]);
  try {
    return (await connector.findClaim(claim.id, signal)) ?? 'absent';
  } catch (error) {
    if (error instanceof EmrReadError && error.kind === 'rejected') return 'cannot_be_asked';
    if (error instanceof EmrReadError && error.kind === 'login_required') {
      const keys = await context.vault.keysOf(claim.organizationId);
      await context.database.transaction((transaction) =>
        requireLogin(transaction, context, keys, account, error.message),
      );
    } else {
      context.logger.warn({ err: error, claimId: claim.id }, 'a claim could not be searched for');
    }
    return 'no_answer';
  }
}

/** Nothing but a person can tell. */
async function waitForPerson(context: ClaimsContext, posting: Posting): Promise<void> {
  if (posting.claim.state === creatableState) await loseTrackOfClaim(context, posting, undefined);
  else await takeOffSchedule(context.database, posting.claim);
}

async function searchLater(
  context: ClaimsContext,
  posting: Posting,
  intentAgeMs: number,
  believedAfterMs: number,
): Promise<void> {
  const { claim } = posting;
  const delayMs = searchDelayMs(intentAgeMs, believedAfterMs);
  const dueAt = new Date(context.clock.now().getTime() + delayMs);
  const isTold = claim.state !== creatableState;
  if (!isTold && intentAgeMs >= unknownAfterMs) return loseTrackOfClaim(context, posting, dueAt);
  await postponeSearch(context.database, claim, dueAt);
  context.wakePosting(claim, delayMs);
}
