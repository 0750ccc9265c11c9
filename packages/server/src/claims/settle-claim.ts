import type { ClaimFailureReason } from '../emr/connector.ts';
import type { EventAccount } from '../linked-accounts/account-event.ts';
import type { LinkedAccount } from '../linked-accounts/linked-account.ts';
import { requireLogin } from '../linked-accounts/require-login.ts';
import { failureReasonOf, type LeasedClaim } from './claim.ts';
import { claimCreated, claimFailed, claimOutcomeUnknown } from './claim-events.ts';
import type { ClaimsContext } from './context.ts';
import { type ClaimSettlement, settleClaimRow } from './settlement-queries.ts';

/** A claim somebody holds, and the account that its events name. */
export interface HeldClaim {
  readonly claim: LeasedClaim;
  readonly account: EventAccount;
}

/** The EMR has it. @throws LeaseLostError */
export async function confirmClaim(
  context: ClaimsContext,
  held: HeldClaim,
  emrClaimId: string,
): Promise<void> {
  const occurredAt = context.clock.now();
  const event = claimCreated({ ...held, ids: context.ids, occurredAt }, emrClaimId);
  await settle(context, held, { operation: 'confirm', emrClaimId, finishedAt: occurredAt, event });
}

/** The EMR does not have it and will not; the appointment is free for another try. @throws LeaseLostError */
export async function failClaim(
  context: ClaimsContext,
  held: HeldClaim,
  reasons: readonly ClaimFailureReason[],
): Promise<void> {
  await settle(context, held, failure(context, held, reasons));
}

/** Fails the claim and notes that its account needs a new login (contract claims.md, 3.5). @throws LeaseLostError */
export async function failForLogin(
  context: ClaimsContext,
  held: HeldClaim & { readonly account: LinkedAccount },
  message: string,
): Promise<void> {
  const failed = failure(context, held, [{ code: 'login_required', description: message }]);
  const { organizationId } = held.claim;
  const keys = await context.vault.keysOf(organizationId);
  await context.database.transaction(async (transaction) => {
    const endpointIds = await settleClaimRow(transaction, keys, held.claim, failed, context.ids.next('whd'));
    if (endpointIds.length > 0)
      transaction.afterCommit(() => context.wakeDeliveries(organizationId, endpointIds));
    await requireLogin(transaction, context, keys, held.account, message);
  });
}

/** Nobody can tell for now. @param searchAgainAt undefined: only a person can @throws LeaseLostError */
export async function loseTrackOfClaim(
  context: ClaimsContext,
  held: HeldClaim,
  searchAgainAt: Date | undefined,
): Promise<void> {
  const event = claimOutcomeUnknown({ ...held, ids: context.ids, occurredAt: context.clock.now() });
  const due = searchAgainAt === undefined ? {} : { dueAt: searchAgainAt };
  await settle(context, held, { operation: 'lose_track', ...due, event });
}

function failure(
  context: ClaimsContext,
  held: HeldClaim,
  reasons: readonly ClaimFailureReason[],
): ClaimSettlement {
  const occurredAt = context.clock.now();
  const failureReason = failureReasonOf(reasons);
  return {
    operation: 'fail',
    failureReason,
    reasons,
    finishedAt: occurredAt,
    event: claimFailed({ ...held, ids: context.ids, occurredAt }, failureReason, reasons),
  };
}

/** One statement commits state and event together; the deliveries begin after it. */
async function settle(
  { database, vault, ids, wakeDeliveries }: ClaimsContext,
  { claim }: HeldClaim,
  settlement: ClaimSettlement,
): Promise<void> {
  const keys = await vault.keysOf(claim.organizationId);
  const endpointIds = await settleClaimRow(database, keys, claim, settlement, ids.next('whd'));
  if (endpointIds.length > 0) await wakeDeliveries(claim.organizationId, endpointIds);
}
