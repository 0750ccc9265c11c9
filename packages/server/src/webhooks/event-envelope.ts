import type { WebhookEventType } from './event-types.ts';

export interface EventEnvelope {
  readonly id: string;
  readonly object: 'event';
  /** RFC 3339, UTC. */
  readonly created: string;
  readonly type: WebhookEventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a receiver gets of an event that belongs to no linked account (contract README, prior auth 9). */
export function eventEnvelope(event: {
  readonly id: string;
  readonly type: WebhookEventType;
  readonly occurredAt: Date;
  readonly data: Readonly<Record<string, unknown>>;
}): EventEnvelope {
  const { id, type, occurredAt, data } = event;
  return { id, object: 'event', created: occurredAt.toISOString(), type, data };
}

/**
 * The text that is stored, signed and sent. Receivers of the `cobalt` profile check the signature over
 * `JSON.stringify(JSON.parse(body))` (contract claims.md, 4.2), so that the text must be what that gives: no blanks,
 * numbers and escapes as `JSON.stringify` writes them, keys that look like numbers first.
 */
export function eventText(body: object): string {
  const text = JSON.stringify(body);
  const again = JSON.stringify(JSON.parse(text));
  if (again !== text) throw new Error('The text of an event changes when it is parsed and written again.');
  return text;
}
