import { type ClaimOutcome, type EmrConnector, EmrReadError } from '../emr/connector.ts';
import type { LinkedAccount } from '../linked-accounts/linked-account.ts';
import { keepLease, LeaseLostError } from '../platform/jobs/keep-lease.ts';
import { auditCreate } from './audit-create.ts';
import type { LeasedClaim } from './claim.ts';
import type { ClaimsContext } from './context.ts';
import { maximumUnavailableTries, patienceMs, retryDelayMs } from './posting-delays.ts';
import { extendClaimLease, recordIntent } from './posting-queries.ts';
import { searchClaim } from './search-claim.ts';
import { confirmClaim, failClaim, failForLogin } from './settle-claim.ts';
import { createAnew, postponeCreate } from './settlement-queries.ts';

/** The account of a claim in the making, revoked ones included: what happens is still told. */
export type PostingAccount = LinkedAccount & { readonly isRevoked: boolean };

/** A claim that this worker holds. */
export interface Posting {
  readonly claim: LeasedClaim;
  readonly account: PostingAccount;
  /** Aborted once the lease is known to have passed to another worker. */
  readonly lost: AbortSignal;
}

/**
 * Has the EMR make one claim. Safe to run at any time and any number of times: that the EMR may have it is recorded
 * before the EMR is called, and from then on it is searched for before it is created again.
 */
export async function postClaim(
  context: ClaimsContext,
  account: PostingAccount,
  claim: LeasedClaim,
): Promise<void> {
  const lease = keepLease(
    () => extendClaimLease(context.database, claim, context.leaseSeconds),
    context.leaseSeconds,
    context.logger.child({ claimId: claim.id }),
  );
  const posting = { claim, account, lost: lease.lost };
  try {
    if (claim.intentAgeMs === undefined) await create(context, posting);
    else if (await search(context, posting, claim.intentAgeMs))
      await create(context, { ...posting, claim: { ...claim, firstPostponedAt: undefined } });
  } catch (error) {
    // Whatever else went wrong, the lease runs out and the next worker finds the claim as it was left.
    if (!(error instanceof LeaseLostError)) throw error;
  } finally {
    lease.stop();
  }
}

/** True when the EMR provably does not have it. */
function search(context: ClaimsContext, posting: Posting, intentAgeMs: number): Promise<boolean> {
  return searchClaim(context, posting, usableConnector(context, posting), intentAgeMs);
}

async function create(context: ClaimsContext, posting: Posting): Promise<void> {
  const { claim, account } = posting;
  if (account.isRevoked || account.state === 'login_required') {
    return failClaim(context, posting, [{ code: 'login_required', description: expired }]);
  }
  const connector = usableConnector(context, posting);
  if (connector === undefined) return recordUnavailable(context, posting, undefined);
  const asked = { ...posting, claim: { ...claim, createCalls: claim.createCalls + 1 } };
  let intentAt = performance.now();
  const outcome = await auditCreate(context, claim, async () => {
    if (!(await recordIntent(context.database, claim, context.leaseSeconds)))
      throw new LeaseLostError('Another worker holds this claim.');
    intentAt = performance.now();
    return askToCreate(context, asked, connector);
  });
  // Provably nothing was written, as by a budget that let no call through: the claim is as it was.
  if (outcome.kind === 'unavailable') return recordUnavailable(context, posting, outcome.retryAfterMs);
  await recordOutcome(context, asked, outcome, () => performance.now() - intentAt);
}

const expired = 'The EMR no longer takes the credentials of the linked account.';

/** Undefined when the account is revoked, or its EMR cannot be asked from here and now. */
function usableConnector(context: ClaimsContext, { account }: Posting): EmrConnector | undefined {
  if (account.isRevoked) return undefined;
  try {
    return context.accounts.connectorOf(account);
  } catch (error) {
    if (!(error instanceof EmrReadError)) throw error;
    context.logger.error({ err: error, accountId: account.id }, 'an account has no connector');
    return undefined;
  }
}

async function askToCreate(
  context: ClaimsContext,
  { claim, lost }: Posting,
  connector: EmrConnector,
): Promise<ClaimOutcome> {
  const { id: marker, emrAppointmentId, emrPatientId } = claim;
  const signal = AbortSignal.any([lost, AbortSignal.timeout(connector.capabilities.createTimeoutMs)]);
  try {
    return await connector.createClaim({ marker, emrAppointmentId, emrPatientId, signal });
  } catch (error) {
    context.logger.warn({ err: error, claimId: marker }, 'an EMR gave no clear answer');
    return { kind: 'unknown', reason: 'The EMR gave no clear answer.' };
  }
}

async function recordOutcome(
  context: ClaimsContext,
  posting: Posting,
  outcome: Exclude<ClaimOutcome, { readonly kind: 'unavailable' }>,
  intentAgeMs: () => number,
): Promise<void> {
  switch (outcome.kind) {
    case 'created':
      return confirmClaim(context, posting, outcome.emrClaimId);
    case 'rejected':
      return failClaim(context, posting, outcome.reasons);
    case 'login_required':
      return failForLogin(context, posting, outcome.message);
    case 'unknown':
      // At most one search here: what it rules out is created again by the next run, with a lease of its own.
      if (await search(context, posting, intentAgeMs()))
        await createAnew(context.database, posting.claim, context.clock.now());
  }
}

/**
 * Nothing was written. An EMR that says when it will be there again is waited for; one that is just not there is tried
 * a few times.
 */
async function recordUnavailable(
  context: ClaimsContext,
  posting: Posting,
  retryAfterMs: number | undefined,
): Promise<void> {
  const { claim } = posting;
  const now = context.clock.now();
  const tries = claim.unavailableTries + 1;
  const since = claim.firstPostponedAt ?? now;
  const isPatienceOver = now.getTime() - since.getTime() >= patienceMs;
  const countsAsTry = retryAfterMs === undefined;
  if (isPatienceOver || (countsAsTry && tries >= maximumUnavailableTries)) {
    return failClaim(context, posting, [
      { code: 'emr_unavailable', description: 'The EMR could not be reached.' },
    ]);
  }
  const delayMs = retryAfterMs ?? retryDelayMs(tries, context.random());
  const dueAt = new Date(now.getTime() + delayMs);
  await postponeCreate(context.database, claim, { dueAt, countsAsTry, since });
  context.wakePosting(claim, delayMs);
}
