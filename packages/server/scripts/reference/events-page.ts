import { claimCreatedEvent, claimFailedEvent } from '../../src/claims/routes/examples/events.ts';
import { eventTypes } from '../../src/prior-authorization/events.ts';
import { claimsEventTypes, webhookOwnEventTypes } from '../../src/webhooks/event-types.ts';
import { code, json, page, table } from './markdown.ts';

/** `docs/reference/events.md`: every event type, what it means and what its payload holds; then those only webhooks tell. */
export function eventsPage(): string {
  const rows = Object.entries(eventTypes).map(([type, { meaning, payload }]) => [
    code(type),
    meaning,
    payload.map(code).join(', '),
  ]);
  return page(
    'Events',
    'the event types (`src/prior-authorization/events.ts` and `src/webhooks/event-types.ts`)',
    [
      introduction,
      table(['Type', 'Meaning', 'Payload'], rows),
      webhookIntroduction,
      dataTable(webhookOwnEventTypes),
      claimsIntroduction,
      dataTable(claimsEventTypes),
      claimsAdvice,
      json(claimCreatedEvent),
      json(claimFailedEvent),
    ],
  );
}

function dataTable(
  types: Readonly<Record<string, { readonly meaning: string; readonly data: readonly string[] }>>,
): string {
  const rows = Object.entries(types).map(([type, { meaning, data }]) => [
    code(type),
    meaning,
    data.map(code).join(', '),
  ]);
  return table(['Type', 'Meaning', 'Data'], rows);
}

const introduction = `\`GET /v1/prior-auth/authorizations/{authorizationId}/events\` lists what happened to one authorization, oldest first.
\`sequence\` counts from 1 without gaps, so a client that remembers the last one it saw misses nothing. An event is
written together with the change it tells of: there is no change without its event and no event without its change.

Payloads hold ids, states and names of fields, never a patient's data.`;

const webhookIntroduction = `## Webhooks

All of these are also told to [webhook endpoints](../guides/receive-a-webhook.md), with \`data\` of the same five fields each time:
\`authorizationId\`, \`sequence\`, \`workflowState\`, \`decisionState\` and \`version\`. One type is about webhooks themselves:`;

const claimsIntroduction = `## The claims API

These belong to a linked account. They are sent to URLs registered at \`POST /v1/webhook\`, and to endpoints of
\`/v1/webhook-endpoints\` that ask for them. \`GET /v1/webhook-events\` lists them too, also where no URL is registered:
those of a claim for good, the others for 90 days. With the \`job_id\` of a request it tells what became of it, and an empty list means
that nothing is known yet.`;

const claimsAdvice = `The envelope has \`job_id\`, as text, for claims alone. Ids that begin with \`emr_\` are the EMR's own, always text. \`patient_mrn\`
is null for a patient without one. \`failure_reason\` is all descriptions of \`reasons\` in one text; decide by the codes, which
[the errors page](errors.md#why-a-claim-failed) lists. The first reading of a newly linked EMR tells of nothing.`;
