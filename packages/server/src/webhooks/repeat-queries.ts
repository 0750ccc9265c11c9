import type { Queryable } from '../platform/database/database.ts';

export interface NewDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly now: Date;
}

/** A further delivery of an event that was addressed to this endpoint before. False when the old one is not there. */
export async function insertResend(
  database: Queryable,
  organizationId: string,
  deliveryId: string,
  { id, endpointId, now }: NewDelivery,
): Promise<boolean> {
  const inserted = await database.execute(
    `insert into webhook_delivery (organization_id, id, event_id, endpoint_id, status, due_at, cause, created_at)
     select $1, $4, d.event_id, d.endpoint_id, 'pending', $5, 'resend', $5
       from webhook_delivery d where d.organization_id = $1 and d.endpoint_id = $2 and d.id = $3`,
    [organizationId, endpointId, deliveryId, id, now],
  );
  return inserted === 1;
}

export interface ReplayRange {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  /** Undefined: every type. */
  readonly eventTypes: readonly string[] | undefined;
  /** The last event of the call before, when there was one. */
  readonly after: EventPosition | undefined;
}

export interface EventPosition {
  readonly occurredAt: string;
  readonly id: string;
}

export interface Replayed {
  /** Deliveries made. */
  readonly queued: number;
  /** The last event that was looked at. */
  readonly last: { readonly occurredAt: Date; readonly id: string } | undefined;
  readonly hasMore: boolean;
}

/**
 * Addresses the events of a time to an endpoint once more, those it asked for, oldest first. One statement: a crash
 * leaves all of them or none. An event that is still on its way to this endpoint is left alone, so that the same call
 * made again in doubt queues nothing twice while the first call's deliveries are under way; what these have delivered
 * by then is sent again.
 */
export async function insertReplay(
  database: Queryable,
  organizationId: string,
  { id, endpointId, now }: NewDelivery,
  { from, to, eventTypes, after }: ReplayRange,
  limit: number,
): Promise<Replayed> {
  const [row] = await database.query<{
    queued: number;
    found: number;
    occurredAt: Date | null;
    id: string | null;
  }>(
    `with told as (
       select e.id, e.occurred_at from webhook_event e, webhook_endpoint w
        where e.organization_id = $1 and w.organization_id = $1 and w.id = $2
          and (w.event_types is null or e.type = any(w.event_types))
          and e.occurred_at >= $5 and e.occurred_at < $6 and ($7::text[] is null or e.type = any($7))
          and ($8::timestamptz is null or (e.occurred_at, e.id) > ($8, $9))
        order by e.occurred_at, e.id limit $10::integer + 1),
     taken as (select * from told order by occurred_at, id limit $10::integer),
     -- EXCEPT and not NOT EXISTS: without statistics the planner walks all the deliveries for every event.
     fresh as (
       select id from taken
       except
       select event_id from webhook_delivery where organization_id = $1 and endpoint_id = $2 and due_at is not null),
     queued as (
       insert into webhook_delivery (organization_id, id, event_id, endpoint_id, status, due_at, cause, created_at)
       select $1, $3 || lpad((row_number() over (order by id))::text, 6, '0'), id, $2, 'pending', $4, 'replay', $4
         from fresh
       returning 1)
     select (select count(*) from queued)::integer as queued, (select count(*) from told)::integer as found,
            last.occurred_at as "occurredAt", last.id
       from (select 1) one left join (select * from taken order by occurred_at desc, id desc limit 1) last on true`,
    [organizationId, endpointId, id, now, from, to, eventTypes, after?.occurredAt, after?.id, limit],
  );
  if (row === undefined) throw new Error('A replay told nothing.');
  const last =
    row.id === null || row.occurredAt === null ? undefined : { id: row.id, occurredAt: row.occurredAt };
  return { queued: row.queued, last, hasMore: row.found > limit };
}
