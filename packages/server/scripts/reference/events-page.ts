import { eventTypes } from '../../src/prior-authorization/events.ts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/events.md`: every event type, what it means and what its payload holds. */
export function eventsPage(): string {
  const rows = Object.entries(eventTypes).map(([type, { meaning, payload }]) => [
    code(type),
    meaning,
    payload.map(code).join(', '),
  ]);
  return page('Events', 'the event types (`src/prior-authorization/events.ts`)', [
    introduction,
    table(['Type', 'Meaning', 'Payload'], rows),
  ]);
}

const introduction = `\`GET /v1/prior-auth/authorizations/{authorizationId}/events\` lists what happened to one authorization, oldest first.
\`sequence\` counts from 1 without gaps, so a client that remembers the last one it saw misses nothing. An event is
written together with the change it tells of: there is no change without its event and no event without its change.

Payloads hold ids, states and names of fields, never a patient's data.`;
