import {
  type ClaimsErrorCode,
  claimsErrorCodes,
  claimsErrorRenderings,
  renderClaimsError,
} from '../../src/claims/claims-error-envelope.ts';
import { readAppointmentId } from '../../src/claims/routes/read-appointment-id.ts';
import { type ClaimFailureCode, claimFailureCodes } from '../../src/emr/connector.ts';
import { failureReason } from '../../src/emr/fhir-rest/failure-reasons.ts';
import { type ErrorCode, errorCodes, PrecertError } from '../../src/platform/errors.ts';
import { flatErrorRendering } from '../../src/platform/http/flat-error-envelope.ts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/errors.md`: every code, its status and what to do about it. */
export function errorsPage(): string {
  const rows = errorCodes
    .map((name) => ({ name, ...flatErrorRendering(name) }))
    .sort((first, second) => first.status - second.status)
    .map(({ name, status, retryable, retryAfterSeconds, meaning }) => [
      String(status),
      code(name),
      retryable ? `yes, after ${retryAfterSeconds ?? 1} s` : 'no',
      meaning,
    ]);
  return page('Errors', 'the error catalogue (`src/platform/errors.ts`)', [
    envelope,
    table(['Status', 'Code', 'Retry', 'Meaning'], rows),
    advice,
    claimsEnvelope,
    table(['When', 'Status', 'Message'], claimRefusals()),
    '### Every error of the claims API',
    table(
      ['Status', 'What', 'Text'],
      claimsErrorCodes
        .toSorted(
          (first, second) => claimsErrorRenderings[first].status - claimsErrorRenderings[second].status,
        )
        .map((name) => [
          String(claimsErrorRenderings[name].status),
          flatErrorRendering(name).meaning,
          claimsText(name),
        ]),
    ),
    failureIntroduction,
    table(
      ['Code', 'Description', 'What helps'],
      claimFailureCodes.map((name) => [code(name), failureReason(name).description, remedies[name]]),
    ),
  ]);
}

/** What `POST /v1/claims` refuses, in the order it is looked at, rendered by what renders the answers. */
function claimRefusals(): string[][] {
  const refusals: readonly (readonly [when: string, error: unknown])[] = [
    ['There is no `appointment_id`, or it is null or blank', refusalOf({})],
    ['It is no text of 32 letters and digits, and no UUID with dashes', refusalOf({ appointment_id: '1' })],
    ['The account has no such appointment, or another account has it', withCode('appointment_not_found')],
    ['The EMR does not have the appointment yet', withCode('appointment_missing_emr_id')],
    ['It has a claim in any state but `failed`', withCode('claim_already_exists')],
  ];
  return refusals.map(([when, error]) => {
    if (!(error instanceof PrecertError)) throw new Error(`Nothing is refused when ${when}.`);
    const { status, body } = renderClaimsError(error);
    return [when, String(status), code(body.message)];
  });
}

function refusalOf(body: unknown): unknown {
  try {
    return readAppointmentId(body);
  } catch (error) {
    return error;
  }
}

function withCode(name: ErrorCode): PrecertError {
  return new PrecertError(name, 'The claims API has a text of its own.');
}

const remedies: Readonly<Record<ClaimFailureCode, string>> = {
  appointment_not_found_in_emr: 'Check in the visit in the EMR; a booked appointment is not enough.',
  encounter_not_billable: 'Finish the visit in the EMR.',
  encounter_locked: 'Have whoever holds the visit close it.',
  missing_procedure_codes: 'Enter the procedures of the visit.',
  missing_diagnosis_codes: 'Enter the diagnoses of the visit.',
  missing_insurance: 'Enter the coverage the patient had that day.',
  claim_already_exists_in_emr: 'Nothing: the visit is billed, not by this request.',
  login_required: 'Renew the credentials and relink the account.',
  emr_unavailable: 'Ask again later.',
  emr_rejected: 'Look into the EMR, or ask its vendor.',
  timeout: 'Ask again later.',
  unknown_error: 'Look into the EMR, then ask again.',
};

const failureIntroduction = `## Why a claim failed

A claim that was taken (202) and then failed says why in \`reasons\`, in the event \`claim.failed\` and in \`GET /v1/claims/{claim_id}\`. Decide
by \`code\`; descriptions are for people and name no patient. A claim may have several reasons. When what is wrong is mended, post the
appointment again: a failed claim does not stand in the way.`;

function claimsText(name: ClaimsErrorCode): string {
  const rendering = claimsErrorRenderings[name];
  return 'text' in rendering ? code(rendering.text) : (variableTexts[name] ?? '');
}

const variableTexts: Readonly<Partial<Record<ClaimsErrorCode, string>>> = {
  validation_error:
    "`'appointment_id' is required.`, `Invalid 'appointment_id' format. Please provide a valid UUID.`, and the same of other fields",
  unauthorized:
    '`The headers client_id, client_secret and access_token are required.`, `Invalid credentials.`',
};

const claimsEnvelope = `## The claims API

Routes that take \`client_id\`, \`client_secret\` and \`access_token\` answer errors in the vendor's envelope, with nothing beside:

\`\`\`json
{ "success": false, "message": "'appointment_id' is required." }
\`\`\`

Texts that stand here in full are fixed. Only the expired login has a machine-readable word: \`"error": "login_required"\`. Every answer
carries \`X-Request-Id\`.

### What \`POST /v1/claims\` refuses

Looked at in this order, after the credentials.`;

const envelope = `Every error has the same body. Decide by \`code\`; \`message\` is for people and may change.

\`\`\`json
{
  "code": "validation_error",
  "message": "Request validation failed.",
  "issues": [
    { "field": "workflowState", "code": "invalid_enum", "message": "Expected one of the listed values." }
  ],
  "requestId": "req_5a1c9e0b7d3f4e62",
  "retryable": false
}
\`\`\`

- \`details\` and \`issues\` are there when they have something to say. \`issues\` names up to 50 offending fields.
- \`requestId\` is also the \`X-Request-Id\` header of every response and stands in the server's log. Send your own
  \`X-Request-Id\` to have it used.
- \`retryable\` says whether the unchanged request may succeed later. If there is a \`Retry-After\` header, wait that long.`;

const advice = `## Refusals that change something

A submit that answers \`validation_failed\` is the one error that writes: it opens an action for each blocking issue, moves the
authorization to \`action_required\` and records an event. Every other refusal leaves everything as it was.

Another organization's ids are not found (\`404\`), never forbidden.`;
