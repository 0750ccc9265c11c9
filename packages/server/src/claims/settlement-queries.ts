import type { ClaimFailureReason } from '../emr/connector.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import { LeaseLostError } from '../platform/jobs/keep-lease.ts';
import { addressedEndpoints, type NewWebhookEvent, publicationClauses } from '../webhooks/publish-events.ts';
import { sealEvent } from '../webhooks/sealed-rows.ts';
import type { LeasedClaim } from './claim.ts';
import { sealClaim } from './claim-secrets.ts';
import { type ClaimOperation, creatableState, leadsTo, statesAllowing } from './lifecycle.ts';
import type { ClaimLease } from './posting-queries.ts';

/**
 * What an operation leaves in the row, beside the state the table gives, and what is told of it. Every write here is
 * guarded by the lease and by the states that allow the operation, and gives the lease back.
 */
export interface ClaimSettlement {
  readonly operation: ClaimOperation;
  readonly emrClaimId?: string;
  readonly failureReason?: string;
  readonly reasons?: readonly ClaimFailureReason[];
  /** Undefined once it is settled, or while only a person can tell. */
  readonly dueAt?: Date;
  readonly finishedAt?: Date;
  readonly event: NewWebhookEvent;
}

const settleStatement = {
  name: 'settle_claim',
  text: `
with settled as (
  update claim
     set state = $5, emr_claim_id = $7, sealed = $8, due_at = $9, finished_at = $10, leased_until = null
   where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4 and state = any($6::text[])
  returning id),
told as (
  select $11::text as id, $2 as account_id, $12::text as type, $13::bigint as job_id, $14::bytea as sealed,
         $15::timestamptz as occurred_at
    from settled),
${publicationClauses('told', '$16')}
select exists (select from settled) as "isSettled", ${addressedEndpoints} as "endpointIds"`,
};

/**
 * State and event in one statement.
 * @param keys asked for before a transaction begins
 * @param deliveryId the beginning of the deliveries' ids
 * @returns the endpoints to wake after the commit
 * @throws LeaseLostError when another worker took the claim over or settled it
 */
export async function settleClaimRow(
  database: Queryable,
  keys: OrganizationKeys,
  claim: ClaimLease & Pick<LeasedClaim, 'patientMrn'>,
  settlement: ClaimSettlement,
  deliveryId: string,
): Promise<readonly string[]> {
  const { operation, failureReason, reasons, event } = settlement;
  const [answer] = await database.query<SettledRow>(settleStatement, [
    ...keyOf(claim),
    leadsTo(operation),
    statesAllowing(operation),
    settlement.emrClaimId,
    sealClaim(keys, claim, { patientMrn: claim.patientMrn, failureReason, reasons }),
    settlement.dueAt,
    settlement.finishedAt,
    event.id,
    event.type,
    event.jobId,
    sealEvent(keys, event),
    event.occurredAt,
    deliveryId,
  ]);
  if (answer?.isSettled !== true) throw new LeaseLostError('Another worker holds this claim.');
  return answer.endpointIds;
}

interface SettledRow {
  readonly isSettled: boolean;
  readonly endpointIds: readonly string[];
}

/**
 * The EMR provably has nothing: the claim may be created as if it had never been tried. The lease is kept.
 * @throws LeaseLostError
 */
export async function forgetIntent(database: Queryable, lease: ClaimLease): Promise<void> {
  const updated = await database.execute(
    `update claim set intent_at = null, first_postponed_at = null, state = $5
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4 and state = any($6::text[])`,
    [...keyOf(lease), leadsTo('rule_out'), [creatableState, ...statesAllowing('rule_out')]],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/**
 * The EMR could not be asked, and has nothing: whatever call was counted is taken back.
 * @param claim as it was leased, before the call
 * @param postponement.since when the EMR first put it off
 * @throws LeaseLostError
 */
export async function postponeCreate(
  database: Queryable,
  claim: ClaimLease & Pick<LeasedClaim, 'createCalls'>,
  postponement: { readonly dueAt: Date; readonly countsAsTry: boolean; readonly since: Date },
): Promise<void> {
  const { dueAt, countsAsTry, since } = postponement;
  const updated = await database.execute(
    `update claim
        set intent_at = null, due_at = $5, leased_until = null, create_calls = $8, first_postponed_at = $9,
            unavailable_tries = unavailable_tries + case when $6::boolean then 1 else 0 end
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4 and state = $7`,
    [...keyOf(claim), dueAt, countsAsTry, creatableState, claim.createCalls, since],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/** It was ruled out that the EMR has it: the next run creates it, with a lease of its own. @throws LeaseLostError */
export async function createAnew(database: Queryable, lease: ClaimLease, dueAt: Date): Promise<void> {
  const updated = await database.execute(
    `update claim set due_at = $5, leased_until = null
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4 and state = $6`,
    [...keyOf(lease), dueAt, creatableState],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/** Whether the EMR has it is still not known; somebody looks again. @throws LeaseLostError */
export async function postponeSearch(database: Queryable, lease: ClaimLease, dueAt: Date): Promise<void> {
  const updated = await database.execute(
    `update claim set due_at = $5, leased_until = null
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4`,
    [...keyOf(lease), dueAt],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/** No search can tell: the claim waits for a person. @throws LeaseLostError */
export async function takeOffSchedule(database: Queryable, lease: ClaimLease): Promise<void> {
  const updated = await database.execute(
    `update claim set due_at = null, leased_until = null
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4`,
    keyOf(lease),
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/** Ends all work on an organization's claims. What became of those under way in an EMR is for its people to see. */
export async function takeAllOffSchedule(database: Queryable, organizationId: string): Promise<void> {
  await database.execute(
    `update claim set due_at = null, leased_until = null where organization_id = $1 and due_at is not null`,
    [organizationId],
  );
}

function keyOf({ organizationId, accountId, id, leaseNumber }: ClaimLease): readonly unknown[] {
  return [organizationId, accountId, id, leaseNumber];
}
