import type { ClaimFailureReason } from '../emr/connector.ts';
import type { Claim, LeasedClaim } from './claim.ts';
import type { ClaimState } from './lifecycle.ts';

export interface ClaimRow {
  readonly organization_id: string;
  readonly account_id: string;
  readonly id: string;
  readonly appointment_id: string;
  readonly job_id: number;
  readonly state: ClaimState;
  readonly patient_mrn: string | null;
  readonly emr_appointment_id: string;
  readonly emr_patient_id: string;
  readonly emr_claim_id: string | null;
  readonly failure_reason: string | null;
  readonly reasons: readonly ClaimFailureReason[] | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export interface LeasedRow extends ClaimRow {
  readonly lease_number: number;
  readonly unavailable_tries: number;
  readonly create_calls: number;
  readonly intent_age_ms: number | null;
}

export const claimColumns = `c.organization_id, c.account_id, c.id, c.appointment_id, c.job_id, c.state, c.patient_mrn,
  c.emr_appointment_id, c.emr_patient_id, c.emr_claim_id, c.failure_reason, c.reasons, c.created_at, c.finished_at`;

export const leasedColumns = `${claimColumns}, c.lease_number, c.unavailable_tries, c.create_calls,
  (extract(epoch from now() - c.intent_at) * 1000)::double precision as intent_age_ms`;

export function claimFromRow(row: ClaimRow): Claim {
  return {
    organizationId: row.organization_id,
    accountId: row.account_id,
    id: row.id,
    appointmentId: row.appointment_id,
    jobId: row.job_id,
    state: row.state,
    patientMrn: row.patient_mrn ?? undefined,
    emrAppointmentId: row.emr_appointment_id,
    emrPatientId: row.emr_patient_id,
    emrClaimId: row.emr_claim_id ?? undefined,
    failureReason: row.failure_reason ?? undefined,
    reasons: row.reasons ?? [],
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
  };
}

export function leasedFromRow(row: LeasedRow): LeasedClaim {
  return {
    ...claimFromRow(row),
    leaseNumber: row.lease_number,
    unavailableTries: row.unavailable_tries,
    createCalls: row.create_calls,
    intentAgeMs: row.intent_age_ms ?? undefined,
  };
}
