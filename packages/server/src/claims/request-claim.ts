import type { AccountScope } from '../identity/claims-authentication.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import type { IdGenerator } from '../platform/ids.ts';
import { insertClaim } from './insert-claim.ts';

export interface RequestClaimContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  /** Has the account's due claims looked at; returns at once, the row is the truth. */
  readonly wakePosting: (account: AccountScope) => void;
}

export interface RequestedClaim {
  readonly claimId: string;
  readonly jobId: number;
}

/**
 * Queues the creation of a claim in the EMR. One statement looks the appointment up, holds the duplicates rule and
 * writes the claim, so that of any number of requests at once exactly one is taken.
 * @throws PrecertError `appointment_not_found`, `appointment_missing_emr_id`, `claim_already_exists`
 */
export async function requestClaim(
  context: RequestClaimContext,
  account: AccountScope,
  appointmentId: string,
): Promise<RequestedClaim> {
  const claimId = context.ids.nextHex();
  const result = await insertClaim(context.database, account, {
    claimId,
    appointmentId,
    at: context.clock.now(),
  });
  if (result.kind !== 'inserted') throw new PrecertError(result.kind, refusals[result.kind]);
  context.wakePosting(account);
  return { claimId, jobId: result.jobId };
}

/** For logs and other surfaces; the claims API has the contract's texts in its own table. */
const refusals = {
  appointment_not_found: 'The account has no appointment of this id.',
  appointment_missing_emr_id: 'The EMR does not have the appointment yet.',
  claim_already_exists: 'The appointment has a claim that is pending or completed.',
} as const;
