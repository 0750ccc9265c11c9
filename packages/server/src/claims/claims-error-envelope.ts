import type { ErrorCode, ErrorIssue, PrecertError } from '../platform/errors.ts';
import type { RenderedError } from '../platform/http/error-envelopes.ts';
import { internalError, retryAfterHeader } from '../platform/http/flat-error-envelope.ts';

interface ClaimsErrorRendering {
  readonly status: number;
  /** The contract's text, to the letter. Where there is none the error's own message is sent. */
  readonly text?: string;
  /** The contract's machine-readable word; only `login_required` has one. */
  readonly error?: string;
}

/**
 * The claims API's errors: every code it may answer, with status and exact text, in this one table (contract README,
 * claims 1; texts from the seed and claims.md, 1.3 and 3.2). `validation_error` makes its text from the field, below.
 */
export const claimsErrorRenderings = {
  validation_error: { status: 400 },
  unauthorized: { status: 401 },
  insufficient_permissions: { status: 403 },
  login_required: {
    status: 403,
    text: 'Account link expired. Please go through the integration setup again.',
    error: 'login_required',
  },
  appointment_not_found: { status: 404, text: 'Appointment not found.' },
  claim_not_found: { status: 404, text: 'Claim not found.' },
  webhook_endpoint_not_found: { status: 404, text: 'Webhook not found.' },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  request_timeout: { status: 408 },
  appointment_missing_emr_id: {
    status: 409,
    text: 'Appointment is missing emr_appointment_id; cannot create claim.',
  },
  claim_already_exists: {
    status: 409,
    text: 'A claim for this appointment is already pending or completed.',
  },
  webhook_endpoint_limit_reached: { status: 409 },
  payload_too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  rate_limited: { status: 429 },
  headers_too_large: { status: 431 },
  internal_error: { status: 500 },
  service_unavailable: { status: 503 },
} as const satisfies Partial<Record<ErrorCode, ClaimsErrorRendering>>;

export type ClaimsErrorCode = keyof typeof claimsErrorRenderings;

// The keys of an object literal are its type's keys and nothing else.
export const claimsErrorCodes = Object.keys(claimsErrorRenderings) as ClaimsErrorCode[];

export interface ClaimsErrorBody {
  readonly success: false;
  readonly error?: string;
  readonly message: string;
}

/** Status, headers and body of an error of the claims API. Never the stack, never the cause. */
export function renderClaimsError(error: PrecertError): RenderedError<ClaimsErrorBody> {
  const rendering: ClaimsErrorRendering | undefined = Object.hasOwn(claimsErrorRenderings, error.code)
    ? // Just found to be a key of the table.
      claimsErrorRenderings[error.code as ClaimsErrorCode]
    : undefined;
  // A code that no route of this surface may throw is a defect of ours.
  if (rendering === undefined) return renderClaimsError(internalError(error));
  return {
    status: rendering.status,
    headers: {
      ...retryAfterHeader(error),
      // RFC 9110, 11.6.1: a 401 names the scheme. The three headers are one of the vendor's own.
      ...(rendering.status === 401 ? { 'www-authenticate': 'ClientCredentials' } : {}),
    },
    body: {
      success: false,
      ...(rendering.error === undefined ? {} : { error: rendering.error }),
      message: rendering.text ?? textOf(error),
    },
  };
}

function textOf({ message, issues: [issue] = [] }: PrecertError): string {
  return issue === undefined ? message : textOfIssue(issue);
}

/** The contract's two sentences about a field, for every field. */
function textOfIssue({ field, code, message }: ErrorIssue): string {
  if (wholeRequest.includes(field)) return message;
  if (code === 'required') return `'${field}' is required.`;
  if (code === 'invalid_format' || code === 'invalid_type') return `Invalid '${field}' format. ${message}`;
  return `Invalid '${field}'. ${message}`;
}

/** What an issue names when it is about no single field. */
const wholeRequest: readonly string[] = ['body', 'query', 'path', 'request'];
