import { eventTypes } from '../../src/prior-authorization/events.ts';
import { claimsEventTypes, webhookOwnEventTypes } from '../../src/webhooks/event-types.ts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/events.md`: every event type, what it means and what its payload holds; then those only webhooks tell. */
export function eventsPage(): string {
  const rows = Object.entries(eventTypes).map(([type, { meaning, payload }]) => [
    code(type),
    meaning,
    payload.map(code).join(', '),
  ]);
  const others = { ...claimsEventTypes, ...webhookOwnEventTypes };
  return page(
    'Events',
    'the event types (`src/prior-authorization/events.ts` and `src/webhooks/event-types.ts`)',
    [
      introduction,
      table(['Type', 'Meaning', 'Payload'], rows),
      webhookIntroduction,
      table(
        ['Type', 'Meaning'],
        Object.entries(others).map(([type, meaning]) => [code(type), meaning]),
      ),
    ],
  );
}

const introduction = `\`GET /v1/prior-auth/authorizations/{authorizationId}/events\` lists what happened to one authorization, oldest first.
\`sequence\` counts from 1 without gaps, so a client that remembers the last one it saw misses nothing. An event is
written together with the change it tells of: there is no change without its event and no event without its change.

Payloads hold ids, states and names of fields, never a patient's data.`;

const webhookIntroduction = `## Webhooks

All of these are also told to [webhook endpoints](../guides/receive-a-webhook.md), with \`data\` of the same five fields each time:
\`authorizationId\`, \`sequence\`, \`workflowState\`, \`decisionState\` and \`version\`. Webhooks know more types:`;
