import { openPatient, type PatientSecrets } from '../appointments/mirror-secrets.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Claim, LeasedClaim } from './claim.ts';
import { openClaim } from './claim-secrets.ts';
import type { ClaimState } from './lifecycle.ts';

export interface ClaimRow {
  readonly organization_id: string;
  readonly account_id: string;
  readonly id: string;
  readonly appointment_id: string;
  readonly job_id: number;
  readonly state: ClaimState;
  readonly emr_appointment_id: string;
  readonly emr_patient_id: string;
  readonly emr_claim_id: string | null;
  readonly sealed: Uint8Array | null;
  readonly patient_sealed: Uint8Array | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export interface LeasedRow extends ClaimRow {
  readonly lease_number: number;
  readonly unavailable_tries: number;
  readonly first_postponed_at: Date | null;
  readonly create_calls: number;
  readonly intent_age_ms: number | null;
}

export const claimColumns = `c.organization_id, c.account_id, c.id, c.appointment_id, c.job_id, c.state,
  c.emr_appointment_id, c.emr_patient_id, c.emr_claim_id, c.sealed, c.created_at, c.finished_at,
  (select p.sealed from emr_patient p
    where p.organization_id = c.organization_id and p.account_id = c.account_id
      and p.emr_patient_id = c.emr_patient_id) as patient_sealed`;

export const leasedColumns = `${claimColumns}, c.lease_number, c.unavailable_tries, c.first_postponed_at, c.create_calls,
  (extract(epoch from now() - c.intent_at) * 1000)::double precision as intent_age_ms`;

/** The patient as the mirror has them now. */
export function patientFromRow(keys: OrganizationKeys, row: ClaimRow): PatientSecrets | undefined {
  return row.patient_sealed === null
    ? undefined
    : openPatient(keys, row.account_id, row.emr_patient_id, row.patient_sealed);
}

export function claimFromRow(keys: OrganizationKeys, row: ClaimRow): Claim {
  const { account_id: accountId, id } = row;
  const secrets =
    row.sealed === null
      ? { patientMrn: patientFromRow(keys, row)?.mrn, failureReason: undefined }
      : openClaim(keys, { accountId, id }, row.sealed);
  return {
    organizationId: row.organization_id,
    accountId,
    id,
    appointmentId: row.appointment_id,
    jobId: row.job_id,
    state: row.state,
    patientMrn: secrets.patientMrn,
    emrAppointmentId: row.emr_appointment_id,
    emrPatientId: row.emr_patient_id,
    emrClaimId: row.emr_claim_id ?? undefined,
    failureReason: secrets.failureReason,
    reasons: secrets.reasons ?? [],
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
  };
}

export function leasedFromRow(keys: OrganizationKeys, row: LeasedRow): LeasedClaim {
  return {
    ...claimFromRow(keys, row),
    leaseNumber: row.lease_number,
    unavailableTries: row.unavailable_tries,
    firstPostponedAt: row.first_postponed_at ?? undefined,
    createCalls: row.create_calls,
    intentAgeMs: row.intent_age_ms ?? undefined,
  };
}
