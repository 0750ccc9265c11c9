import type { ClaimFailureCode } from '../emr/connector.ts';
import { findAnyAccount } from '../linked-accounts/linked-account-queries.ts';
import { asOrganization } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';
import type { ClaimsContext } from './context.ts';
import { creatableState } from './lifecycle.ts';
import { extendClaimLease, leaseClaim } from './posting-queries.ts';
import { confirmClaim, failClaim } from './settle-claim.ts';

export interface ClaimResolution {
  readonly organizationId: string;
  readonly claimId: string;
  readonly outcome:
    | { readonly kind: 'created'; readonly emrClaimId: string }
    | { readonly kind: 'failed'; readonly code: ClaimFailureCode };
}

/**
 * A person's word on a claim whose outcome nobody else can tell.
 * @throws PrecertError `claim_not_found` when no claim of this id is `outcome_unknown`, or a worker is just searching
 */
export function resolveClaim(context: ClaimsContext, resolution: ClaimResolution): Promise<void> {
  return asOrganization(resolution.organizationId, () => resolve(context, resolution));
}

async function resolve(context: ClaimsContext, resolution: ClaimResolution): Promise<void> {
  const { organizationId, claimId, outcome } = resolution;
  const claim = await leaseClaim(context, organizationId, claimId, context.leaseSeconds);
  if (claim?.state === creatableState) await extendClaimLease(context.database, claim, 0);
  const account = claim === undefined ? undefined : await findAnyAccount(context.database, claim);
  if (claim === undefined || account === undefined || claim.state === creatableState) {
    throw new PrecertError(
      'claim_not_found',
      'No claim of this id waits to be resolved; if a worker is just searching, try again.',
    );
  }
  if (outcome.kind === 'created') return confirmClaim(context, { claim, account }, outcome.emrClaimId);
  await failClaim(context, { claim, account }, [
    { code: outcome.code, description: 'A person found that the EMR does not have it.' },
  ]);
}
