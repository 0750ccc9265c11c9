/** What the row of a claim keeps sealed, and what binds it to it. */

import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { SealedTable } from '../platform/encryption/sealed-table.ts';
import type { Claim } from './claim.ts';

export const sealedClaims: SealedTable = { name: 'claim', key: ['account_id', 'id'] };

/**
 * Kept from the first thing that is told of a claim on, so that whoever reads it later finds what was told. Until then
 * the patient's MRN is the mirror's.
 */
export interface ClaimSecrets extends Pick<Claim, 'patientMrn' | 'failureReason'> {
  readonly reasons?: Claim['reasons'] | undefined;
}

interface ClaimReference {
  readonly accountId: string;
  readonly id: string;
}

export function sealClaim(
  keys: OrganizationKeys,
  { accountId, id }: ClaimReference,
  secrets: ClaimSecrets,
): Buffer {
  return keys.seal(sealedClaims, [accountId, id], secrets);
}

export function openClaim(
  keys: OrganizationKeys,
  { accountId, id }: ClaimReference,
  sealed: Uint8Array,
): ClaimSecrets {
  return keys.open<ClaimSecrets>(sealedClaims, [accountId, id], sealed);
}
