import type { ClaimFailureReason } from '../emr/connector.ts';
import type { Queryable } from '../platform/database/database.ts';
import { json } from '../platform/database/parameter-values.ts';
import { LeaseLostError } from '../platform/jobs/keep-lease.ts';
import { type ClaimOperation, creatableState, leadsTo, statesAllowing } from './lifecycle.ts';
import type { ClaimLease } from './posting-queries.ts';

/**
 * What an operation leaves in the row, beside the state the table gives. Every write here is guarded by the lease and
 * by the states that allow the operation, and gives the lease back.
 */
export interface ClaimSettlement {
  readonly emrClaimId?: string;
  readonly failureReason?: string;
  readonly reasons?: readonly ClaimFailureReason[];
  /** Undefined once it is settled, or while only a person can tell. */
  readonly dueAt?: Date;
  readonly finishedAt?: Date;
}

/** @throws LeaseLostError when another worker took the claim over or settled it */
export async function settleClaimRow(
  database: Queryable,
  lease: ClaimLease,
  operation: ClaimOperation,
  settlement: ClaimSettlement,
): Promise<void> {
  const updated = await database.execute(
    {
      name: 'settle_claim',
      text: `update claim
                set state = $5, emr_claim_id = $7, failure_reason = $8, reasons = $9, due_at = $10, finished_at = $11,
                    leased_until = null
              where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4
                and state = any($6::text[])`,
    },
    [
      ...keyOf(lease),
      leadsTo(operation),
      statesAllowing(operation),
      settlement.emrClaimId,
      settlement.failureReason,
      json(settlement.reasons),
      settlement.dueAt,
      settlement.finishedAt,
    ],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/**
 * The EMR provably has nothing: the claim may be created as if it had never been tried. The lease is kept.
 * @throws LeaseLostError
 */
export async function forgetIntent(database: Queryable, lease: ClaimLease): Promise<void> {
  const updated = await database.execute(
    `update claim set intent_at = null, state = $5
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4 and state = any($6::text[])`,
    [...keyOf(lease), leadsTo('rule_out'), [creatableState, ...statesAllowing('rule_out')]],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker holds this claim.');
}

/** The EMR could not be asked, and has nothing. @throws LeaseLostError */
export async function postponeCreate(
  database: Queryable,
  lease: ClaimLease,
  dueAt: Date,
  countsAsTry: boolean,
): Promise<void> {
  const updated = await database.execute(
    `update claim
        set intent_at = null, due_at = $5, leased_until = null,
            unavailable_tries = unavailable_tries + case when $6::boolean then 1 else 0 end
      where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4 and state = $7`,
    [...keyOf(lease), dueAt, countsAsTry, creatableState],
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

function keyOf({ organizationId, accountId, id, leaseNumber }: ClaimLease): readonly unknown[] {
  return [organizationId, accountId, id, leaseNumber];
}
