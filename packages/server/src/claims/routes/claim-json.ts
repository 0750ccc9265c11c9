import { Type } from 'typebox';
import { localDate } from '../../appointments/local-time.ts';
import { component } from '../../platform/http/components.ts';
import { nullable, stringEnum, timestamp } from '../../platform/http/schemas.ts';
import type { ListedClaim } from '../claim-queries.ts';
import { claimStates } from '../lifecycle.ts';

const unmirrored = (what: string) =>
  nullable(Type.String({ description: `${what} Not read back from the EMR yet: null.` }));

/** The vendor's item as far as it is known (contract claims.md, 5.6), and what we know of the request beside it. */
export const ClaimSchema = component(
  'Claim',
  Type.Object({
    id: Type.String({ description: 'The same as `claim_id`.' }),
    claim_id: Type.String({ description: 'As in the answer to the request and in events.' }),
    appointment_id: Type.String(),
    job_id: Type.Integer(),
    state: stringEnum(claimStates, {
      description: '`outcome_unknown`: the EMR may or may not have it; it is being found out.',
    }),
    failure_reason: nullable(Type.String()),
    reasons: Type.Array(Type.Object({ code: Type.String(), description: Type.String() })),
    created_at: timestamp(),
    finished_at: nullable(timestamp()),
    emr_claim_id: nullable(Type.String()),
    emr_appointment_id: Type.String(),
    emr_patient_id: Type.String(),
    patient_mrn: nullable(Type.String()),
    patient_name: nullable(Type.String({ description: '`LAST, FIRST`, in upper case.' })),
    service_date: Type.String({ description: 'The day of the visit, by the account’s clock.' }),
    claim_date: nullable(Type.String({ description: 'The day the EMR had it, by the account’s clock.' })),
    emr_provider_id: nullable(Type.String()),
    provider_name: nullable(Type.String()),
    claim_status: unmirrored('The EMR’s code.'),
    claim_status_description: unmirrored('The EMR’s words.'),
  }),
);

export function claimJson({ claim, visit }: ListedClaim, timezone: string) {
  const { patient, provider } = visit;
  const isCreated = claim.emrClaimId !== undefined && claim.finishedAt !== undefined;
  return {
    id: claim.id,
    claim_id: claim.id,
    appointment_id: claim.appointmentId,
    job_id: claim.jobId,
    state: claim.state,
    failure_reason: claim.failureReason ?? null,
    reasons: claim.reasons.map(({ code, description }) => ({ code, description })),
    created_at: claim.createdAt.toISOString(),
    finished_at: claim.finishedAt?.toISOString() ?? null,
    emr_claim_id: claim.emrClaimId ?? null,
    emr_appointment_id: claim.emrAppointmentId,
    emr_patient_id: claim.emrPatientId,
    patient_mrn: claim.patientMrn ?? null,
    patient_name: patient === undefined ? null : `${patient.lastName}, ${patient.firstName}`.toUpperCase(),
    service_date: localDate(visit.startsAt, timezone),
    claim_date: isCreated ? localDate(claim.finishedAt, timezone) : null,
    emr_provider_id: provider?.emrProviderId ?? null,
    provider_name: provider?.name ?? null,
    claim_status: null,
    claim_status_description: null,
  };
}
