import type { Transaction } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { WebhookEventType } from './event-types.ts';
import { sealEvent } from './sealed-rows.ts';

/** Something that happened and is told: kept as the very text that is sent and signed. */
export interface NewWebhookEvent {
  readonly id: string;
  /** For events of the claims API: whose they are. */
  readonly accountId?: string;
  readonly type: WebhookEventType;
  readonly jobId?: number;
  /** The whole envelope as the receiver gets it; JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
}

export interface PublishDependencies {
  readonly ids: IdGenerator;
  /** Has the endpoints' due deliveries looked at; the rows are the truth, a lost wake-up is made good by the sweeper. */
  readonly wakeDeliveries: (organizationId: string, endpointIds: readonly string[]) => Promise<void>;
}

/**
 * Clauses of a `with` that keep events of the organization `$1` and address them to every endpoint that asked for their
 * type; for rooms that write everything in one statement. `delivery` then holds an `endpoint_id` for each delivery, to
 * be woken after the commit.
 * @param told a clause before these with the columns id, account_id, type, job_id, sealed and occurred_at
 * @param deliveryId a parameter: the beginning of the deliveries' ids, new for every statement
 */
export function publicationClauses(told: string, deliveryId: string): string {
  return `
kept as (
  insert into webhook_event (organization_id, id, account_id, type, job_id, sealed, occurred_at)
  select $1, t.id, t.account_id, t.type, t.job_id, t.sealed, t.occurred_at from ${told} t
  returning id, type, occurred_at),
delivery as (
  insert into webhook_delivery (organization_id, id, event_id, endpoint_id, status, due_at, cause, created_at)
  select $1, ${deliveryId} || lpad((row_number() over (order by kept.id, w.id))::text, 6, '0'), kept.id, w.id,
         'pending', kept.occurred_at, 'event', kept.occurred_at
    from kept, webhook_endpoint w
   where w.organization_id = $1 and w.status = 'enabled' and w.deleted_at is null
     and (w.event_types is null or kept.type = any(w.event_types))
  returning endpoint_id)`;
}

/** Holds while the organization has an endpoint, turned off or not: only then is there anybody to tell, now or by a replay. */
export const hasEndpoint = `exists (select from webhook_endpoint where organization_id = $1 and deleted_at is null)`;

/** The endpoints of `publicationClauses` as one column, each once. */
export const addressedEndpoints = `array(select distinct endpoint_id from delivery)`;

const publishStatement = {
  name: 'publish_webhook_event',
  text: `
with told as (
  select $2::text as id, $3::text as account_id, $4::text as type, $5::bigint as job_id, $6::bytea as sealed,
         $7::timestamptz as occurred_at),
${publicationClauses('told', '$8')}
select ${addressedEndpoints} as "endpointIds"`,
};

/**
 * Keeps an event and addresses it to every endpoint that asked for its type, in the transaction that made it happen;
 * the deliveries begin after the commit.
 * @param keys of the organization whose event it is; asked for before the transaction begins
 */
export async function publishEvent(
  transaction: Transaction,
  dependencies: PublishDependencies,
  keys: OrganizationKeys,
  event: NewWebhookEvent,
): Promise<void> {
  const { organizationId } = keys;
  const [published] = await transaction.query<{ endpointIds: readonly string[] }>(publishStatement, [
    organizationId,
    event.id,
    event.accountId,
    event.type,
    event.jobId,
    sealEvent(keys, event),
    event.occurredAt,
    dependencies.ids.next('whd'),
  ]);
  const endpointIds = published?.endpointIds ?? [];
  if (endpointIds.length === 0) return;
  transaction.afterCommit(() => dependencies.wakeDeliveries(organizationId, endpointIds));
}
