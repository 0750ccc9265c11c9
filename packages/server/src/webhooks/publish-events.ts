import type { Transaction } from '../platform/database/database.ts';
import type { IdGenerator } from '../platform/ids.ts';

/** Something that happened and is told: kept as the very text that is sent and signed. */
export interface NewWebhookEvent {
  readonly id: string;
  /** For events of the claims API: whose they are. */
  readonly accountId?: string;
  readonly type: string;
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

const publishStatement = {
  name: 'publish_webhook_event',
  text: `
with event as (
  insert into webhook_event (organization_id, id, account_id, type, job_id, body, occurred_at)
  values ($1, $2, $3, $4, $5, $6, $7)
  returning id)
insert into webhook_delivery (organization_id, id, event_id, endpoint_id, status, due_at, cause, created_at)
select $1, $8 || lpad((row_number() over (order by w.id))::text, 4, '0'), event.id, w.id, 'pending', $7, 'event', $7
  from event, webhook_endpoint w
 where w.organization_id = $1 and w.status = 'enabled' and w.deleted_at is null
   and (w.event_types is null or $4 = any(w.event_types))
returning endpoint_id as "endpointId"`,
};

/**
 * Keeps an event and addresses it to every endpoint that asked for its type, in the transaction that made it happen;
 * the deliveries begin after the commit.
 */
export async function publishEvent(
  transaction: Transaction,
  dependencies: PublishDependencies,
  organizationId: string,
  event: NewWebhookEvent,
): Promise<void> {
  const addressed = await transaction.query<{ endpointId: string }>(publishStatement, [
    organizationId,
    event.id,
    event.accountId,
    event.type,
    event.jobId,
    JSON.stringify(event.body),
    event.occurredAt,
    dependencies.ids.next('whd'),
  ]);
  if (addressed.length === 0) return;
  transaction.afterCommit(() =>
    dependencies.wakeDeliveries(
      organizationId,
      addressed.map(({ endpointId }) => endpointId),
    ),
  );
}
