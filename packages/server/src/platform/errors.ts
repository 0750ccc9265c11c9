/**
 * The one error catalogue of the domain. A code is stable and names what happened; which HTTP status and
 * envelope it becomes is each API surface's own map (`http/flat-error-envelope.ts` for prior authorization,
 * `claims/claims-error-envelope.ts` for the claims API).
 * Codes of the contract's table come first (seed, "Common errors"); the rest are ours (prior-auth.md, 1.18).
 */
export const errorCodes = [
  'validation_error',
  'invalid_cursor',
  'questionnaire_item_not_enabled',
  'unauthorized',
  'insufficient_permissions',
  'unsupported_case',
  'authorization_not_found',
  'action_not_found',
  'attachment_not_found',
  'file_not_found',
  'validation_failed',
  'authorization_not_submittable',
  'authorization_not_updatable',
  'authorization_attachments_not_mutable',
  'authorization_not_cancellable',
  'authorization_not_previewable',
  'idempotency_key_reused_with_different_request',
  'idempotency_key_reused_for_different_authorization',
  'action_already_resolved',
  'action_not_resolvable',
  'file_not_ready',
  'file_not_uploaded',
  'file_upload_already_completed',
  'file_content_type_mismatch',
  'file_purpose_mismatch',
  'unsupported_attachment_mime_type',
  'inbound_event_not_allowed_for_state',
  'version_conflict',
  'idempotency_request_in_progress',
  'attachment_limit_reached',
  'download_link_invalid',
  'upload_quota_exceeded',
  'file_infected',
  'file_active_content',
  'payer_not_found',
  'credential_not_found',
  'credential_in_use',
  'linked_account_not_found',
  'login_required',
  'appointment_not_found',
  'appointment_missing_emr_id',
  'claim_already_exists',
  'claim_not_found',
  'webhook_endpoint_not_found',
  'webhook_delivery_not_found',
  'webhook_endpoint_disabled',
  'webhook_endpoint_limit_reached',
  'not_found',
  'method_not_allowed',
  'payload_too_large',
  'headers_too_large',
  'unsupported_media_type',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
  'internal_error',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One offending field. `field` is a dotted path into the body, or a query parameter or header name. */
export interface ErrorIssue {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface ErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly issues?: readonly ErrorIssue[];
  /** Sent as `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** The only error the domain throws on purpose. `message` and `details` are shown to clients: no PHI, no secret. */
export class PrecertError extends Error {
  override readonly name = 'PrecertError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly issues: readonly ErrorIssue[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.issues = options.issues;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A 400 `validation_error` about one field. */
export function invalidField(field: string, code: string, message: string): PrecertError {
  return new PrecertError('validation_error', 'Request validation failed.', {
    issues: [{ field, code, message }],
  });
}
