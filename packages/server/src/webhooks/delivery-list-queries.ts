import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { OutboundFailure } from '../platform/outbound/outbound-errors.ts';
import type { Attempt, Delivery, DeliveryCause, DeliveryStatus } from './delivery.ts';
import type { WebhookEventType } from './event-types.ts';
import { sealedAttempts } from './sealed-rows.ts';

interface DeliveryRow {
  readonly id: string;
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly type: WebhookEventType;
  readonly status: DeliveryStatus;
  readonly cause: DeliveryCause;
  readonly attempt_count: number;
  readonly due_at: Date | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

interface AttemptRow {
  readonly delivery_id: string;
  readonly number: number;
  readonly attempted_at: Date;
  readonly duration_ms: number;
  readonly status_code: number | null;
  readonly error: OutboundFailure | null;
  readonly sealed: Uint8Array | null;
}

const columns = `d.id, d.endpoint_id, d.event_id, e.type, d.status, d.cause, d.attempt_count, d.due_at, d.created_at,
  d.finished_at`;
const source = `webhook_delivery d join webhook_event e on e.organization_id = $1 and e.id = d.event_id`;

export interface DeliveryFilter {
  readonly status?: DeliveryStatus | undefined;
  readonly eventType?: WebhookEventType | undefined;
}

/** Newest first, each with its attempts. */
export async function listDeliveries(
  store: Store,
  organizationId: string,
  endpointId: string,
  filter: DeliveryFilter,
  page: {
    readonly before: { readonly createdAt: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<readonly Delivery[]> {
  const rows = await store.database.query<DeliveryRow>(
    `select ${columns} from ${source}
      where d.organization_id = $1 and d.endpoint_id = $2
        and ($3::text is null or d.status = $3) and ($4::text is null or e.type = $4)
        and ($5::timestamptz is null or (d.created_at, d.id) < ($5, $6))
      order by d.created_at desc, d.id desc limit $7`,
    [
      organizationId,
      endpointId,
      filter.status,
      filter.eventType,
      page.before?.createdAt,
      page.before?.id,
      page.limit,
    ],
  );
  return withAttempts(store, organizationId, rows);
}

export async function findDelivery(
  store: Store,
  organizationId: string,
  endpointId: string,
  deliveryId: string,
): Promise<Delivery | undefined> {
  const rows = await store.database.query<DeliveryRow>(
    `select ${columns} from ${source} where d.organization_id = $1 and d.endpoint_id = $2 and d.id = $3`,
    [organizationId, endpointId, deliveryId],
  );
  const [delivery] = await withAttempts(store, organizationId, rows);
  return delivery;
}

async function withAttempts(
  { database, vault }: Store,
  organizationId: string,
  rows: readonly DeliveryRow[],
): Promise<readonly Delivery[]> {
  const attempts = await database.query<AttemptRow>(
    `select delivery_id, number, attempted_at, duration_ms, status_code, error, sealed from webhook_attempt
      where organization_id = $1 and delivery_id = any($2) order by delivery_id, number`,
    [organizationId, rows.map(({ id }) => id)],
  );
  const byDelivery = Map.groupBy(attempts, ({ delivery_id }) => delivery_id);
  const attemptsOf = (id: string, keys: OrganizationKeys) =>
    (byDelivery.get(id) ?? []).map((attempt) => attemptFromRow(keys, attempt));
  return vault.withKeys(organizationId, (keys) =>
    rows.map((row) => deliveryFromRow(row, attemptsOf(row.id, keys))),
  );
}

function deliveryFromRow(row: DeliveryRow, attempts: readonly Attempt[]): Delivery {
  return {
    id: row.id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    eventType: row.type,
    status: row.status,
    cause: row.cause,
    attemptCount: row.attempt_count,
    dueAt: row.due_at ?? undefined,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
    attempts,
  };
}

function attemptFromRow(keys: OrganizationKeys, row: AttemptRow): Attempt {
  return {
    number: row.number,
    attemptedAt: row.attempted_at,
    durationMs: row.duration_ms,
    statusCode: row.status_code ?? undefined,
    error: row.error ?? undefined,
    responseExcerpt:
      row.sealed === null
        ? undefined
        : keys.open<string>(sealedAttempts, [row.delivery_id, String(row.number)], row.sealed),
  };
}
