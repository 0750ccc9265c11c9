import { Type } from 'typebox';
import type { ErrorCode } from '../../platform/errors.ts';
import { component } from '../../platform/http/components.ts';
import { errorResponsesIn } from '../../platform/http/error-responses.ts';
import { type ClaimsErrorCode, claimsErrorRenderings } from '../claims-error-envelope.ts';

component(
  'ClaimsError',
  Type.Object(
    {
      success: Type.Literal(false),
      error: Type.Optional(
        Type.String({ description: 'Only where the account’s login has expired: `login_required`.' }),
      ),
      message: Type.String({ description: 'The texts of the contract are fixed.' }),
    },
    { examples: [{ success: false, message: "'appointment_id' is required." }] },
  ),
);

/** What any route of the claims API may answer. */
export const clientErrors = [
  'unauthorized',
  'insufficient_permissions',
  'rate_limited',
  'internal_error',
  'service_unavailable',
] as const satisfies readonly ErrorCode[];

/** What any route that needs an access token may answer. */
export const accountErrors = [...clientErrors, 'login_required'] as const satisfies readonly ErrorCode[];

/** Response entries, one per status, for the named codes in the claims envelope. */
export function claimsErrorResponses(...codes: readonly ClaimsErrorCode[]): Record<never, never> {
  return errorResponsesIn({ component: 'ClaimsError', statusOf }, codes);
}

function statusOf(code: ErrorCode): number {
  // Only codes of the table come in, by the parameter's type above.
  return claimsErrorRenderings[code as ClaimsErrorCode].status;
}
