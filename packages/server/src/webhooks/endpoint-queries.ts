import type { Queryable, Transaction } from '../platform/database/database.ts';
import type {
  DisabledReason,
  EndpointStatus,
  RetrySchedule,
  SignatureProfile,
  WebhookEndpoint,
} from './endpoint.ts';
import type { WebhookEventType } from './event-types.ts';

interface EndpointRow {
  readonly organization_id: string;
  readonly id: string;
  readonly url: string;
  readonly profile: SignatureProfile;
  readonly schedule: RetrySchedule;
  readonly event_types: readonly WebhookEventType[] | null;
  readonly description: string | null;
  readonly status: EndpointStatus;
  readonly disabled_reason: DisabledReason | null;
  readonly failing_since: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = `organization_id, id, url, profile, schedule, event_types, description, status, disabled_reason,
  failing_since, created_at, updated_at`;

export async function findEndpoint(
  database: Queryable,
  organizationId: string,
  endpointId: string,
): Promise<WebhookEndpoint | undefined> {
  const rows = await database.query<EndpointRow>(
    {
      name: 'find_webhook_endpoint',
      text: `select ${columns} from webhook_endpoint where organization_id = $1 and id = $2 and deleted_at is null`,
    },
    [organizationId, endpointId],
  );
  return rows[0] === undefined ? undefined : endpointFromRow(rows[0]);
}

/** Oldest first. */
export async function listEndpoints(
  database: Queryable,
  organizationId: string,
  page: {
    readonly after: { readonly createdAt: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<readonly WebhookEndpoint[]> {
  const rows = await database.query<EndpointRow>(
    `select ${columns} from webhook_endpoint
      where organization_id = $1 and deleted_at is null
        and ($2::timestamptz is null or (created_at, id) > ($2, $3))
      order by created_at, id limit $4`,
    [organizationId, page.after?.createdAt, page.after?.id, page.limit],
  );
  return rows.map(endpointFromRow);
}

/** Makes changes of an organization's endpoints wait for each other: their number and their shared secret depend on all. */
export async function lockEndpoints(transaction: Transaction, organizationId: string): Promise<void> {
  await transaction.query('select id from organization where id = $1 for no key update', [organizationId]);
}

export async function insertEndpoint(database: Queryable, endpoint: WebhookEndpoint): Promise<void> {
  await database.execute(
    `insert into webhook_endpoint
       (organization_id, id, url, profile, schedule, event_types, description, status, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      endpoint.organizationId,
      endpoint.id,
      endpoint.url,
      endpoint.profile,
      endpoint.schedule,
      endpoint.eventTypes,
      endpoint.description,
      endpoint.status,
      endpoint.createdAt,
      endpoint.updatedAt,
    ],
  );
}

/** Absent: stays as it is. Null: none. */
export interface EndpointPatch {
  readonly url?: string;
  readonly eventTypes?: readonly WebhookEventType[] | null;
  readonly schedule?: RetrySchedule;
  readonly description?: string | null;
}

/** Another URL has not failed yet. */
export async function updateEndpoint(
  database: Queryable,
  organizationId: string,
  endpointId: string,
  patch: EndpointPatch,
  updatedAt: Date,
): Promise<WebhookEndpoint | undefined> {
  const rows = await database.query<EndpointRow>(
    `update webhook_endpoint
        set url = coalesce($3, url), schedule = coalesce($4, schedule),
            event_types = case when $5::boolean then $6::text[] else event_types end,
            description = case when $7::boolean then $8 else description end,
            failing_since = case when $3 <> url then null else failing_since end,
            updated_at = $9
      where organization_id = $1 and id = $2 and deleted_at is null
      returning ${columns}`,
    [
      organizationId,
      endpointId,
      patch.url,
      patch.schedule,
      patch.eventTypes !== undefined,
      patch.eventTypes,
      patch.description !== undefined,
      patch.description,
      updatedAt,
    ],
  );
  return rows[0] === undefined ? undefined : endpointFromRow(rows[0]);
}

/** Turns it on with a clean slate; one that is on stays as it is. */
export async function enableEndpoint(
  database: Queryable,
  organizationId: string,
  endpointId: string,
  now: Date,
): Promise<void> {
  await database.execute(
    `update webhook_endpoint set status = 'enabled', disabled_reason = null, failing_since = null, updated_at = $3
      where organization_id = $1 and id = $2 and deleted_at is null and status = 'disabled'`,
    [organizationId, endpointId, now],
  );
}

/** False when it was off already. */
export async function markDisabled(
  database: Queryable,
  organizationId: string,
  endpointId: string,
  reason: DisabledReason,
  now: Date,
): Promise<boolean> {
  const updated = await database.execute(
    `update webhook_endpoint set status = 'disabled', disabled_reason = $3, updated_at = $4
      where organization_id = $1 and id = $2 and deleted_at is null and status = 'enabled'`,
    [organizationId, endpointId, reason, now],
  );
  return updated === 1;
}

/** False when there is none of this id (and profile). */
export async function markDeleted(
  database: Queryable,
  organizationId: string,
  endpointId: string,
  profile: SignatureProfile | undefined,
  now: Date,
): Promise<boolean> {
  const updated = await database.execute(
    `update webhook_endpoint set deleted_at = $3, updated_at = $3
      where organization_id = $1 and id = $2 and deleted_at is null and ($4::text is null or profile = $4)`,
    [organizationId, endpointId, now, profile],
  );
  return updated === 1;
}

function endpointFromRow(row: EndpointRow): WebhookEndpoint {
  return {
    organizationId: row.organization_id,
    id: row.id,
    url: row.url,
    profile: row.profile,
    schedule: row.schedule,
    eventTypes: row.event_types ?? undefined,
    description: row.description ?? undefined,
    status: row.status,
    disabledReason: row.disabled_reason ?? undefined,
    failingSince: row.failing_since ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
