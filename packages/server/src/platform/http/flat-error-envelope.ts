import { type ErrorCode, type ErrorIssue, PrecertError } from '../errors.ts';
import type { RenderedError } from './error-envelopes.ts';

export interface ErrorRendering {
  readonly status: number;
  /** True where the same request may succeed later without being changed. */
  readonly retryable: boolean;
  /** One sentence for the reference. */
  readonly meaning: string;
  /** `Retry-After` in seconds when the error names none. */
  readonly retryAfterSeconds?: number;
}

/** The body of every error on the prior-authorization surface (prior-auth.md 4.9; `requestId`, `retryable` are ours). */
export interface ErrorEnvelope {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly issues?: readonly ErrorIssue[];
  readonly requestId: string;
  readonly retryable: boolean;
}

function rendering(status: number, meaning: string): ErrorRendering {
  return { status, retryable: false, meaning };
}

function retryableRendering(status: number, retryAfterSeconds: number, meaning: string): ErrorRendering {
  return { status, retryable: true, retryAfterSeconds, meaning };
}

/** The prior-authorization surface: each code's status (seed, "Common errors"; prior-auth.md 1.18). */
export const flatErrorRenderings = {
  validation_error: rendering(400, 'The body, a query parameter or a header failed validation.'),
  invalid_cursor: rendering(400, 'The pagination cursor is invalid.'),
  questionnaire_item_not_enabled: rendering(
    400,
    'An answer was sent for a question that is currently disabled.',
  ),
  unauthorized: rendering(401, 'The credentials are missing or invalid.'),
  insufficient_permissions: rendering(403, 'The credential is valid but has no access here.'),
  login_required: rendering(403, 'The EMR no longer takes the credentials of the linked account.'),
  download_link_invalid: rendering(403, 'The download link is expired or was altered.'),
  unsupported_case: rendering(404, 'No requirement template matches the coverage and the service.'),
  authorization_not_found: rendering(404, 'No authorization has this id.'),
  action_not_found: rendering(404, 'No action has this id.'),
  attachment_not_found: rendering(404, 'No attachment has this id.'),
  file_not_found: rendering(404, 'No file has this id.'),
  payer_not_found: rendering(404, 'No payer has this id.'),
  credential_not_found: rendering(404, 'No credential has this id.'),
  linked_account_not_found: rendering(404, 'No linked account has this id.'),
  appointment_not_found: rendering(404, 'No appointment has this id.'),
  claim_not_found: rendering(404, 'No claim has this id.'),
  webhook_endpoint_not_found: rendering(404, 'No webhook endpoint has this id.'),
  webhook_delivery_not_found: rendering(404, 'No delivery of the webhook endpoint has this id.'),
  not_found: rendering(404, 'No such route.'),
  method_not_allowed: rendering(405, 'The route exists, but not for this method; see the Allow header.'),
  request_timeout: rendering(408, 'The request did not arrive in time.'),
  validation_failed: rendering(409, 'Submit found blocking issues and opened an action for each.'),
  authorization_not_submittable: rendering(
    409,
    'The state, or an open blocking action, does not allow submit.',
  ),
  authorization_not_updatable: rendering(409, 'The state does not allow an update.'),
  authorization_attachments_not_mutable: rendering(409, 'The state does not allow attachments to change.'),
  authorization_not_cancellable: rendering(409, 'The state does not allow cancel.'),
  authorization_not_previewable: rendering(409, 'The state does not allow a preview.'),
  idempotency_key_reused_with_different_request: rendering(409, 'The create key was used with another body.'),
  idempotency_key_reused_for_different_authorization: rendering(
    409,
    'The submit key was used for another authorization.',
  ),
  idempotency_request_in_progress: retryableRendering(
    409,
    1,
    'The first request with this idempotency key is still being processed.',
  ),
  action_already_resolved: rendering(409, 'The action was resolved before.'),
  action_not_resolvable: rendering(409, 'The action is managed by the system.'),
  file_not_ready: rendering(409, 'The file was used before its upload was completed.'),
  file_not_uploaded: rendering(409, 'Completion was requested before the bytes arrived.'),
  file_upload_already_completed: rendering(409, 'Bytes were sent again for a file that is ready.'),
  file_content_type_mismatch: rendering(
    409,
    'The content type differs from the one the session was created with.',
  ),
  file_purpose_mismatch: rendering(409, 'The file was created for another purpose.'),
  unsupported_attachment_mime_type: rendering(409, 'Attachments of this type are not supported.'),
  inbound_event_not_allowed_for_state: rendering(
    409,
    'A payer event needs an authorization in pending_payer.',
  ),
  version_conflict: rendering(409, 'If-Match names a version that is no longer current.'),
  attachment_limit_reached: rendering(
    409,
    'The authorization has the largest allowed number of attachments.',
  ),
  credential_in_use: rendering(409, 'A credential cannot revoke itself.'),
  appointment_missing_emr_id: rendering(409, 'The EMR does not have the appointment yet.'),
  claim_already_exists: rendering(409, 'The appointment has a claim that is pending or completed.'),
  webhook_endpoint_disabled: rendering(409, 'The webhook endpoint is off; enable it first.'),
  webhook_endpoint_limit_reached: rendering(
    409,
    'The organization has the largest allowed number of webhook endpoints.',
  ),
  upload_quota_exceeded: rendering(
    409,
    'The organization has as many or as large uploads as it may have; see the limits guide.',
  ),
  file_infected: rendering(
    409,
    'The virus scanner found something in the file, or could not look through all of it.',
  ),
  file_active_content: rendering(
    409,
    'The PDF carries scripts, embedded files or actions that start something; print it to a new one.',
  ),
  payload_too_large: rendering(413, 'The body is larger than allowed.'),
  unsupported_media_type: rendering(415, 'The body must be application/json in UTF-8, not compressed.'),
  rate_limited: retryableRendering(429, 1, 'Too many requests; wait as Retry-After says.'),
  headers_too_large: rendering(431, 'The request headers are larger than allowed.'),
  internal_error: rendering(500, 'The server failed; quote the requestId to its operator.'),
  service_unavailable: retryableRendering(503, 5, 'The server cannot answer at present.'),
} satisfies Record<ErrorCode, ErrorRendering>;

export function flatErrorRendering(code: ErrorCode): ErrorRendering {
  return flatErrorRenderings[code];
}

/** Status, headers and envelope of an error. Never the stack, never the cause. */
export function renderFlatError(error: PrecertError, requestId: string): RenderedError<ErrorEnvelope> {
  const { status, retryable } = flatErrorRendering(error.code);
  return {
    status,
    headers: {
      ...retryAfterHeader(error),
      // RFC 9110, 11.6.1: a 401 names the scheme.
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
      ...(error.issues === undefined ? {} : { issues: error.issues }),
      requestId,
      retryable,
    },
  };
}

/** When to come again, in any envelope: as the error says, else as its code does. */
export function retryAfterHeader(error: PrecertError): Readonly<Record<string, string>> {
  const waitSeconds = error.retryAfterSeconds ?? flatErrorRendering(error.code).retryAfterSeconds;
  return waitSeconds === undefined ? {} : { 'retry-after': String(Math.max(0, Math.ceil(waitSeconds))) };
}

/** What a client hears of a failure nobody foresaw. */
export function internalError(cause: unknown): PrecertError {
  return new PrecertError('internal_error', 'The server could not process the request.', { cause });
}
