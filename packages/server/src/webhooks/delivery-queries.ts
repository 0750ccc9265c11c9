import type { Queryable } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Attempt, LeasedDelivery } from './delivery.ts';
import type { RetrySchedule, SignatureProfile } from './endpoint.ts';
import { sealedAttempts } from './sealed-rows.ts';

interface LeasedRow {
  readonly id: string;
  readonly lease_number: number;
  readonly attempt_count: number;
  readonly event_id: string;
  readonly sealed: Uint8Array;
  readonly occurred_at: Date;
  readonly url: string;
  readonly profile: SignatureProfile;
  readonly schedule: RetrySchedule;
}

/** A lease is judged by the database's time, so that a worker with a wrong clock takes nothing early. */
const leaseStatement = {
  name: 'lease_webhook_deliveries',
  text: `
with due as (
  select id from webhook_delivery
   where organization_id = $1 and endpoint_id = $2 and due_at <= $3 and (leased_until is null or leased_until <= now())
   order by due_at, id
   limit $4 for update skip locked)
update webhook_delivery d
   set lease_number = d.lease_number + 1, leased_until = now() + make_interval(secs => $5)
  from due, webhook_event e, webhook_endpoint w
 where d.organization_id = $1 and d.id = due.id
   and e.organization_id = $1 and e.id = d.event_id
   and w.organization_id = $1 and w.id = d.endpoint_id and w.status = 'enabled' and w.deleted_at is null
   and ($6 or w.failing_since is null)
returning d.id, d.lease_number, d.attempt_count, d.event_id, e.sealed, e.occurred_at, w.url, w.profile, w.schedule`,
};

/** Takes up to `limit` due deliveries of an endpoint that is on, oldest first. */
export async function leaseDeliveries(
  database: Queryable,
  organizationId: string,
  endpointId: string,
  lease: {
    readonly now: Date;
    readonly limit: number;
    readonly leaseSeconds: number;
    /** False takes nothing of an endpoint whose last attempt failed. */
    readonly evenIfFailing: boolean;
  },
): Promise<readonly LeasedDelivery[]> {
  const rows = await database.query<LeasedRow>(leaseStatement, [
    organizationId,
    endpointId,
    lease.now,
    lease.limit,
    lease.leaseSeconds,
    lease.evenIfFailing,
  ]);
  return rows.map((row) => ({
    organizationId,
    id: row.id,
    leaseNumber: row.lease_number,
    attemptCount: row.attempt_count,
    event: { id: row.event_id, sealed: row.sealed, occurredAt: row.occurred_at },
    endpoint: { id: endpointId, url: row.url, profile: row.profile, schedule: row.schedule },
  }));
}

type Held = Pick<LeasedDelivery, 'organizationId' | 'id' | 'leaseNumber'>;

/**
 * Keeps a lease that is still ours. False when it has passed to another worker or was given back, or the delivery is
 * over: a renewal that waited behind the giving back must not take the delivery again.
 */
export async function extendLease(database: Queryable, held: Held, seconds: number): Promise<boolean> {
  const updated = await database.execute(
    `update webhook_delivery set leased_until = now() + make_interval(secs => $4)
      where organization_id = $1 and id = $2 and lease_number = $3 and leased_until is not null and status = 'pending'`,
    [held.organizationId, held.id, held.leaseNumber, seconds],
  );
  return updated === 1;
}

/** Gives a delivery back untried, to be looked at again at `dueAt`. */
export async function giveBack(database: Queryable, held: Held, dueAt: Date): Promise<void> {
  await database.execute(
    `update webhook_delivery set leased_until = null, due_at = greatest(due_at, $4)
      where organization_id = $1 and id = $2 and lease_number = $3 and status = 'pending'`,
    [held.organizationId, held.id, held.leaseNumber, dueAt],
  );
}

/** What becomes of a delivery by an attempt. */
export type AttemptOutcome =
  | { readonly status: 'succeeded' | 'failed' }
  | { readonly status: 'pending'; readonly dueAt: Date };

/** Failures further apart than this are no row of failures; the longest delay of a schedule is 26.4 hours. */
const failureGapHours = 48;

/**
 * The endpoint is locked before the delivery, as everybody does who turns an endpoint off: the other way round, attempts
 * that fail together wait for each other for ever. A success at an endpoint that works changes nothing there and waits
 * for nobody. An endpoint that has another URL by now is not judged: this attempt says nothing of it.
 */
const recordStatement = {
  name: 'record_webhook_attempt',
  text: `
with judge as (
  select w.id from webhook_endpoint w
   where w.organization_id = $1 and w.id = $13 and ($4 <> 'succeeded' or w.failing_since is not null)
     for no key update),
held as (
  update webhook_delivery
     set status = $4, attempt_count = $5, due_at = $6, finished_at = $7, leased_until = null
   where organization_id = $1 and id = $2 and lease_number = $3 and status = 'pending'
     -- Holds always, and has the lock come first.
     and (select count(*) from judge) >= 0
  returning endpoint_id),
logged as (
  insert into webhook_attempt
    (organization_id, delivery_id, number, attempted_at, duration_ms, status_code, error, sealed)
  select $1, $2, $5, $8, $9, $10, $11, $12 from held),
judged as (
  update webhook_endpoint w
     set failing_since = case
           when $4 = 'succeeded' then null
           when w.last_failed_at > $8::timestamptz - make_interval(hours => ${failureGapHours})
             then coalesce(w.failing_since, $8)
           else $8 end,
         last_failed_at = case when $4 = 'succeeded' then null else $8 end
    from held
   where w.organization_id = $1 and w.id = held.endpoint_id and w.url = $14
     and ($4 <> 'succeeded' or w.failing_since is not null)
  returning w.failing_since)
select exists (select from judged) as "isJudged", (select failing_since from judged) as "failingSince" from held`,
};

export interface RecordedAttempt {
  /** The attempt counts for or against its endpoint, which has the URL still that was called. */
  readonly isJudged: boolean;
  /** Since when the endpoint has been failing. */
  readonly failingSince: Date | null;
}

/**
 * Logs an attempt and moves its delivery on, if the lease is still ours.
 * @param keys asked for before a transaction begins
 * @returns undefined when nothing was recorded
 */
export async function recordAttempt(
  database: Queryable,
  keys: OrganizationKeys,
  held: Held & { readonly endpoint: Pick<LeasedDelivery['endpoint'], 'id' | 'url'> },
  attempt: Attempt,
  outcome: AttemptOutcome,
): Promise<RecordedAttempt | undefined> {
  const isPending = outcome.status === 'pending';
  const endedAt = new Date(attempt.attemptedAt.getTime() + attempt.durationMs);
  const rows = await database.query<RecordedAttempt>(recordStatement, [
    held.organizationId,
    held.id,
    held.leaseNumber,
    outcome.status,
    attempt.number,
    isPending ? outcome.dueAt : undefined,
    isPending ? undefined : endedAt,
    attempt.attemptedAt,
    attempt.durationMs,
    attempt.statusCode,
    attempt.error,
    sealExcerpt(keys, held, attempt),
    held.endpoint.id,
    held.endpoint.url,
  ]);
  return rows[0];
}

/** What a receiver answers may quote what it was told. */
function sealExcerpt(
  keys: OrganizationKeys,
  { id }: Held,
  { number, responseExcerpt }: Attempt,
): Buffer | undefined {
  if (responseExcerpt === undefined) return undefined;
  return keys.seal(sealedAttempts, [id, String(number)], responseExcerpt);
}

/** Ends what is still to be delivered to an endpoint that is off. An attempt under way is not recorded any more. */
export async function cancelDeliveries(
  database: Queryable,
  organizationId: string,
  endpointId: string,
  now: Date,
): Promise<void> {
  await database.execute(
    `update webhook_delivery set status = 'cancelled', due_at = null, leased_until = null, finished_at = $3
      where organization_id = $1 and endpoint_id = $2 and due_at is not null`,
    [organizationId, endpointId, now],
  );
}

export interface DueEndpoint {
  readonly organizationId: string;
  readonly endpointId: string;
  /** Neither deleted nor turned off. */
  readonly isOn: boolean;
  readonly isFailing: boolean;
}

/** For the sweeper, which serves all organizations: endpoints with due deliveries that nobody holds. */
export async function listDueEndpoints(
  database: Queryable,
  now: Date,
  limit: number,
): Promise<readonly DueEndpoint[]> {
  return database.query<DueEndpoint>(
    `select w.organization_id as "organizationId", w.id as "endpointId",
            w.status = 'enabled' and w.deleted_at is null as "isOn", w.failing_since is not null as "isFailing"
       from (select organization_id, endpoint_id, min(due_at) as due_at from webhook_delivery
              where due_at <= $1 and (leased_until is null or leased_until <= now())
              group by organization_id, endpoint_id) due
       join webhook_endpoint w on w.organization_id = due.organization_id and w.id = due.endpoint_id
      order by due.due_at limit $2`,
    [now, limit],
  );
}
