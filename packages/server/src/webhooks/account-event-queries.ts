import type { Queryable } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { WebhookEventType } from './event-types.ts';
import { openEvent } from './sealed-rows.ts';

/** How far an event's delivery has come, over all endpoints: `succeeded` when at least one of them took it. */
export type EventDeliveryStatus = 'none' | 'pending' | 'succeeded' | 'failed';

/** An event of one linked account, with the delivery that says most about it. */
export interface AccountEvent {
  readonly id: string;
  readonly type: WebhookEventType;
  readonly jobId: number | undefined;
  /** The envelope exactly as it is sent. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
  readonly delivery: {
    readonly status: EventDeliveryStatus;
    /** Where to; undefined as long as the status is `none`. */
    readonly url: string | undefined;
    readonly attemptCount: number;
    readonly lastAttemptAt: Date | undefined;
    /** Of the last attempt; undefined when no answer came. */
    readonly lastStatusCode: number | undefined;
  };
}

/** Filters narrow each other. */
export interface AccountEventFilter {
  readonly jobId?: number | undefined;
  /** Any text; an unknown type matches nothing. */
  readonly type?: string | undefined;
  readonly deliveryStatus?: Exclude<EventDeliveryStatus, 'none'> | undefined;
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

export interface AccountEventPage {
  /** From 1. */
  readonly number: number;
  readonly size: number;
  readonly sort: 'newest_first' | 'oldest_first';
}

interface AccountEventRow {
  readonly id: string;
  readonly type: WebhookEventType;
  readonly job_id: number | null;
  readonly sealed: Uint8Array;
  readonly occurred_at: Date;
  readonly delivery_status: EventDeliveryStatus;
  readonly url: string | null;
  readonly attempt_count: number | null;
  readonly attempted_at: Date | null;
  readonly status_code: number | null;
  readonly total: number;
}

/**
 * What `GET /v1/webhook-events` shows (contract claims.md, 4.5): events of one account, told to an endpoint or not.
 * Pages are numbered, as the contract has it, so that a page may shift while events happen.
 */
export async function listAccountEvents(
  { database, vault }: Store,
  organizationId: string,
  accountId: string,
  filter: AccountEventFilter,
  page: AccountEventPage,
): Promise<{ readonly events: readonly AccountEvent[]; readonly totalCount: number }> {
  const { matching, values } = narrowed(organizationId, accountId, filter);
  const direction = page.sort === 'newest_first' ? 'desc' : 'asc';
  const text = `
with shown as materialized (
  select e.id ${matching} order by e.occurred_at ${direction}, e.id ${direction}
   limit $${values.length + 1} offset $${values.length + 2})
select (select count(*) ${matching})::integer as total, e.id, e.type, e.job_id, e.sealed, e.occurred_at,
       coalesce(d.outcome, 'none') as delivery_status, d.attempt_count, w.url, a.attempted_at, a.status_code
  from shown
  join webhook_event e on e.organization_id = $1 and e.id = shown.id
  left join lateral (${bestDelivery}) d on true
  left join webhook_endpoint w on w.organization_id = $1 and w.id = d.endpoint_id
  left join webhook_attempt a on a.organization_id = $1 and a.delivery_id = d.id and a.number = d.attempt_count
 order by e.occurred_at ${direction}, e.id ${direction}`;
  const offset = (page.number - 1) * page.size;
  const rows = await database.query<AccountEventRow>(text, [...values, page.size, offset]);
  const [first] = rows;
  // A page behind the last one has no row to carry the total.
  const totalCount = first?.total ?? (offset === 0 ? 0 : await countEvents(database, matching, values));
  const events = await vault.withKeys(organizationId, (keys) => rows.map((row) => eventFromRow(keys, row)));
  return { events, totalCount };
}

/** The delivery that got furthest, the newest of equals. A cancelled one told nobody. */
const bestDelivery = `
  select id, endpoint_id, attempt_count, case status when 'cancelled' then 'failed' else status end as outcome
    from webhook_delivery
   where organization_id = $1 and event_id = e.id
   order by case status when 'succeeded' then 0 when 'pending' then 1 when 'failed' then 2 else 3 end,
            created_at desc, id desc
   limit 1`;

async function countEvents(
  database: Queryable,
  matching: string,
  values: readonly unknown[],
): Promise<number> {
  const rows = await database.query<{ total: number }>(
    `select count(*)::integer as total ${matching}`,
    values,
  );
  return rows[0]?.total ?? 0;
}

/**
 * What is looked at to choose and count events. Clients poll, and an account's history is long: deliveries only where a
 * filter asks for them, and never what is sealed.
 */
function narrowed(organizationId: string, accountId: string, filter: AccountEventFilter) {
  const conditions = ['e.organization_id = $1', 'e.account_id = $2'];
  const values: unknown[] = [organizationId, accountId];
  const narrow = (condition: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  };
  narrow('e.job_id =', filter.jobId);
  narrow('e.type =', filter.type);
  narrow('d.outcome =', filter.deliveryStatus);
  narrow('e.occurred_at >=', filter.from);
  narrow('e.occurred_at <', filter.to);
  const deliveries = filter.deliveryStatus === undefined ? '' : `cross join lateral (${bestDelivery}) d`;
  return { matching: `from webhook_event e ${deliveries} where ${conditions.join(' and ')}`, values };
}

function eventFromRow(keys: OrganizationKeys, row: AccountEventRow): AccountEvent {
  return {
    id: row.id,
    type: row.type,
    jobId: row.job_id ?? undefined,
    body: JSON.parse(openEvent(keys, row.id, row.sealed)),
    occurredAt: row.occurred_at,
    delivery: {
      status: row.delivery_status,
      url: row.url ?? undefined,
      attemptCount: row.attempt_count ?? 0,
      lastAttemptAt: row.attempted_at ?? undefined,
      lastStatusCode: row.status_code ?? undefined,
    },
  };
}
