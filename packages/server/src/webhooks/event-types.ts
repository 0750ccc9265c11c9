/**
 * Every type of event a webhook can tell, what it means and what its `data` holds. One list, so that a filter can be
 * checked; tests hold it to the types the prior-authorization room makes, which this room may not ask, and to what is
 * really sent.
 */

const claimData = ['claim_id', 'appointment_id', 'patient_mrn'] as const;
const appointmentData = [
  'appointment_id',
  'mrn',
  'date_time',
  'timezone',
  'provider_id',
  'provider_name',
  'secondary_provider_id',
] as const;
const patientData = ['patient_id', 'mrn'] as const;

/** Of the claims API: they belong to a linked account and are what `/v1/webhook` endpoints are sent. */
export const claimsEventTypes = {
  'claim.created': {
    meaning: 'The EMR has the claim.',
    data: [...claimData, 'emr_claim_id', 'emr_appointment_id', 'emr_patient_id'],
  },
  'claim.failed': {
    meaning: 'The claim could not be created; a new one may be requested.',
    data: [...claimData, 'failure_reason', 'reasons'],
  },
  'claim.outcome_unknown': {
    meaning: 'Whether the EMR has the claim is not known; one of the two above follows once it is.',
    data: claimData,
  },
  'appointment.created': { meaning: 'An appointment is new.', data: appointmentData },
  'appointment.updated': { meaning: 'An appointment was changed.', data: appointmentData },
  'appointment.cancelled': { meaning: 'An appointment was cancelled.', data: appointmentData },
  'patient.created': { meaning: 'A patient is new.', data: patientData },
  'patient.updated': { meaning: 'A patient’s data were changed.', data: patientData },
  'access_token.login_required': {
    meaning: 'The EMR no longer takes the account’s credentials.',
    data: ['access_token_reference_id', 'emr_instance_domain', 'message'],
  },
} as const;

/** Of prior authorizations: ids and states only (contract README, prior auth 9). */
export const priorAuthorizationEventTypes = [
  'prior_auth.authorization.created',
  'prior_auth.authorization.updated',
  'prior_auth.authorization.answers_cleared',
  'prior_auth.authorization.previewed',
  'prior_auth.authorization.state_changed',
  'prior_auth.authorization.submit_rejected',
  'prior_auth.authorization.submitted',
  'prior_auth.authorization.submission_failed',
  'prior_auth.authorization.cancelled',
  'prior_auth.authorization.approved',
  'prior_auth.authorization.denied',
  'prior_auth.attachment.added',
  'prior_auth.attachment.removed',
  'prior_auth.action.opened',
  'prior_auth.action.resolved',
  'prior_auth.artifact.created',
  'prior_auth.payer_event.received',
] as const;

/** Of webhooks themselves; sent to the organization's other endpoints. */
export const webhookOwnEventTypes = {
  'webhook_endpoint.disabled': {
    meaning: 'An endpoint was turned off, because it answered 410 or failed for five days.',
    data: ['webhookEndpointId', 'reason', 'failingSince'],
  },
} as const;

export type ClaimsEventType = keyof typeof claimsEventTypes;
export type WebhookEventType =
  | ClaimsEventType
  | (typeof priorAuthorizationEventTypes)[number]
  | keyof typeof webhookOwnEventTypes;

// The keys of object literals are their type's keys and nothing else.
export const claimsEventTypeNames = Object.keys(claimsEventTypes) as ClaimsEventType[];

export const webhookEventTypes: readonly WebhookEventType[] = [
  ...claimsEventTypeNames,
  ...priorAuthorizationEventTypes,
  // As above.
  ...(Object.keys(webhookOwnEventTypes) as (keyof typeof webhookOwnEventTypes)[]),
];
