import type { ClaimFailureReason } from '../emr/connector.ts';
import { accountEvent, type EventAccount } from '../linked-accounts/account-event.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { NewWebhookEvent } from '../webhooks/publish-events.ts';
import type { Claim } from './claim.ts';

interface EventParts {
  readonly ids: IdGenerator;
  readonly account: EventAccount;
  readonly claim: Claim;
  readonly occurredAt: Date;
}

/** Seed, "Success". */
export function claimCreated(parts: EventParts, emrClaimId: string): NewWebhookEvent {
  const { emrAppointmentId, emrPatientId } = parts.claim;
  return claimEvent('claim.created', parts, {
    emr_claim_id: emrClaimId,
    emr_appointment_id: emrAppointmentId,
    emr_patient_id: emrPatientId,
  });
}

/** Seed, "Failure", and the reasons beside it (contract README, claims 4). */
export function claimFailed(
  parts: EventParts,
  failureReason: string,
  reasons: readonly ClaimFailureReason[],
): NewWebhookEvent {
  const told = reasons.map(({ code, description }) => ({ code, description }));
  return claimEvent('claim.failed', parts, { failure_reason: failureReason, reasons: told });
}

/** Ours: whether the EMR has it is not known; `claim.created` or `claim.failed` follows once it is. */
export function claimOutcomeUnknown(parts: EventParts): NewWebhookEvent {
  return claimEvent('claim.outcome_unknown', parts, {});
}

function claimEvent(
  type: 'claim.created' | 'claim.failed' | 'claim.outcome_unknown',
  { ids, account, claim, occurredAt }: EventParts,
  outcome: Readonly<Record<string, unknown>>,
): NewWebhookEvent {
  return accountEvent(ids, account, {
    type,
    jobId: claim.jobId,
    occurredAt,
    data: {
      claim_id: claim.id,
      appointment_id: claim.appointmentId,
      patient_mrn: claim.patientMrn ?? null,
      ...outcome,
    },
  });
}
