import type { Queryable } from '../platform/database/database.ts';
import type { EventType } from './events.ts';

export interface ListedEvent {
  readonly id: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
}

/** In the order they happened. */
export async function listEvents(
  database: Queryable,
  organizationId: string,
  authorizationId: string,
  page: { readonly afterSequence: number; readonly limit: number },
): Promise<readonly ListedEvent[]> {
  return database.query<ListedEvent>(
    `select id, sequence, type, payload, occurred_at as "occurredAt" from prior_authorization_event
      where organization_id = $1 and authorization_id = $2 and sequence > $3
      order by sequence limit $4`,
    [organizationId, authorizationId, page.afterSequence, page.limit],
  );
}
