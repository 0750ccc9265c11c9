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
  ]);
}

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
