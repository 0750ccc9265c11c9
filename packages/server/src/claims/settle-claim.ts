import type { ClaimFailureReason } from '../emr/connector.ts';
import type { EventAccount } from '../linked-accounts/account-event.ts';
import { requireLogin } from '../linked-accounts/require-login.ts';
import type { Transaction } from '../platform/database/database.ts';
import { type NewWebhookEvent, publishEvent } from '../webhooks/publish-events.ts';
import { failureReasonOf, type LeasedClaim } from './claim.ts';
import { claimCreated, claimFailed, claimOutcomeUnknown } from './claim-events.ts';
import type { ClaimsContext } from './context.ts';
import type { ClaimOperation } from './lifecycle.ts';
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
  await settle(context, held, { operation: 'confirm', row: { emrClaimId, finishedAt: occurredAt }, event });
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
export async function failForLogin(context: ClaimsContext, held: HeldClaim, message: string): Promise<void> {
  const reasons = [{ code: 'login_required', description: message }] as const;
  await settle(context, held, failure(context, held, reasons), (transaction) =>
    requireLogin(transaction, context, held.claim, message),
  );
}

/** Nobody can tell for now. @param searchAgainAt undefined: only a person can @throws LeaseLostError */
export async function loseTrackOfClaim(
  context: ClaimsContext,
  held: HeldClaim,
  searchAgainAt: Date | undefined,
): Promise<void> {
  const event = claimOutcomeUnknown({ ...held, ids: context.ids, occurredAt: context.clock.now() });
  const row = searchAgainAt === undefined ? {} : { dueAt: searchAgainAt };
  await settle(context, held, { operation: 'lose_track', row, event });
}

interface Settling {
  readonly operation: ClaimOperation;
  readonly row: ClaimSettlement;
  readonly event: NewWebhookEvent;
}

function failure(context: ClaimsContext, held: HeldClaim, reasons: readonly ClaimFailureReason[]): Settling {
  const occurredAt = context.clock.now();
  const failureReason = failureReasonOf(reasons);
  return {
    operation: 'fail',
    row: { failureReason, reasons, finishedAt: occurredAt },
    event: claimFailed({ ...held, ids: context.ids, occurredAt }, failureReason, reasons),
  };
}

/** State, event and whatever else belongs to it in one transaction; deliveries begin after it. */
async function settle(
  context: ClaimsContext,
  { claim }: HeldClaim,
  { operation, row, event }: Settling,
  alongside?: (transaction: Transaction) => Promise<void>,
): Promise<void> {
  await context.database.transaction(async (transaction) => {
    await settleClaimRow(transaction, claim, operation, row);
    await publishEvent(transaction, context, claim.organizationId, event);
    await alongside?.(transaction);
  });
}
