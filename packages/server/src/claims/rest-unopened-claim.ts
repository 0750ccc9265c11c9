import type { SealedValueError } from '../platform/encryption/sealed-value.ts';
import type { LeasedRow } from './claim-rows.ts';
import type { ClaimsContext } from './context.ts';
import { unopenedDelayMs } from './posting-delays.ts';
import { postponeSearch, takeOffSchedule } from './settlement-queries.ts';

/**
 * What to do with a row that does not open. It may yet: a sync writes its patient anew. So it rests longer each time,
 * by the leases it has had, and in the end comes off the schedule. It keeps its state and its visit: whether the EMR
 * has the claim is not to be guessed.
 * @throws LeaseLostError
 */
export async function restUnopenedClaim(
  { clock, database, logger }: ClaimsContext,
  row: LeasedRow,
  error: SealedValueError,
): Promise<void> {
  const { organization_id: organizationId, account_id: accountId, id, lease_number: leaseNumber } = row;
  const lease = { organizationId, accountId, id, leaseNumber };
  const delayMs = unopenedDelayMs(leaseNumber);
  if (delayMs === undefined) {
    await takeOffSchedule(database, lease);
    logger.error({ err: error, claimId: id }, 'a claim does not open and is off the schedule');
    return;
  }
  await postponeSearch(database, lease, new Date(clock.now().getTime() + delayMs));
  logger.warn({ err: error, claimId: id }, 'a claim does not open; it will be taken up again');
}
