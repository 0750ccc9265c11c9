/**
 * Every type of event a webhook can tell, and what it means. One list, so that a filter can be checked; a test holds
 * it to the types the prior-authorization room makes, which this room may not ask.
 */

/** Of the claims API: they belong to a linked account and are what `/v1/webhook` endpoints are sent. */
export const claimsEventTypes = {
  'claim.created': 'The EMR has the claim.',
  'claim.failed': 'The claim could not be created; a new one may be requested.',
  'claim.outcome_unknown': 'Whether the EMR has the claim is not known; a person finds out.',
  'appointment.created': 'An appointment is new.',
  'appointment.updated': 'An appointment was changed.',
  'appointment.cancelled': 'An appointment was cancelled.',
  'patient.created': 'A patient is new.',
  'patient.updated': 'A patient’s data were changed.',
  'access_token.login_required': 'The EMR no longer takes the account’s credentials.',
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
  'webhook_endpoint.disabled': 'An endpoint was turned off, because it answered 410 or failed for five days.',
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
