import {
  type ClaimsErrorCode,
  claimsErrorCodes,
  claimsErrorRenderings,
} from '../../src/claims/claims-error-envelope.ts';
import { errorCodes } from '../../src/platform/errors.ts';
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
  ]);
}

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
carries \`X-Request-Id\`.`;

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
