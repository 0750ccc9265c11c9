import { Type } from 'typebox';
import { accountScopeOf } from '../../identity/claims-authentication.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { nullable, opaqueObject, stringEnum, timestamp } from '../../platform/http/schemas.ts';
import {
  type AccountEvent,
  type EventDeliveryStatus,
  listAccountEvents,
} from '../../webhooks/account-event-queries.ts';
import type { ClaimsContext } from '../context.ts';
import { accountErrors, claimsErrorResponses } from './error-schema.ts';
import { listedEvents } from './examples/events.ts';
import { dateRange, dateRangeQuery, Pagination, pageQuery, paginationJson } from './request-parts.ts';

const shownStatuses = ['success', 'failed', 'pending'] as const;
type ShownStatus = (typeof shownStatuses)[number];
const status = nullable(
  stringEnum(shownStatuses, { description: 'Null: no endpoint was registered for it.' }),
);

/** Both sets of the vendor's names on every item (contract README, claims 6). */
const WebhookEventSchema = component(
  'WebhookEvent',
  Type.Object({
    event_id: Type.String(),
    event_type: Type.String(),
    webhook_url: nullable(Type.String()),
    delivery_status: status,
    created_at: timestamp(),
    id: Type.String(),
    object: Type.String(),
    type: Type.String(),
    created: Type.String({ description: 'As in the event itself.' }),
    access_token_reference_id: Type.String(),
    job_id: nullable(Type.String({ description: 'Text, as in events; null for what is no operation.' })),
    status,
    delivered: Type.Boolean(),
    delivery_attempts: Type.Integer(),
    last_delivery_attempt: nullable(timestamp()),
    response_status_code: nullable(Type.Integer()),
    data: opaqueObject({ description: 'As in the event.' }),
  }),
);

const eventQuery = {
  job_id: Type.Optional(Type.Integer({ minimum: 0, description: 'Of the answer to an operation.' })),
  event_type: Type.Optional(Type.String({ minLength: 1, maxLength: 100, examples: ['claim.created'] })),
  delivery_status: Type.Optional(stringEnum(shownStatuses)),
  status: Type.Optional(stringEnum(shownStatuses, { description: 'The older name of `delivery_status`.' })),
  ...dateRangeQuery,
  ...pageQuery({ default: 50, maximum: 100 }),
  sort: Type.Unsafe<'created_at' | '-created_at'>({
    ...stringEnum(['created_at', '-created_at']),
    default: '-created_at',
  }),
};

/** Contract claims.md, 4.5. */
export function webhookEventRoutes(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/webhook-events',
    {
      schema: {
        operationId: 'listWebhookEvents',
        tags: ['Webhooks of the claims API'],
        summary: 'List events, newest first',
        description:
          'Also for those who registered no URL. An empty list for a `job_id` means that it is not done yet: ask again in a second or two.',
        examples: { responses: { 200: { claimCreated: listedEvents } } },
        querystring: querySchema(eventQuery),
        response: {
          200: Type.Object({
            success: Type.Boolean(),
            webhook_events: Type.Array(WebhookEventSchema),
            pagination: Pagination,
          }),
          ...claimsErrorResponses(...accountErrors, 'validation_error'),
        },
      },
    },
    async (request) => {
      const { organizationId, accountId } = accountScopeOf(request);
      const { query } = request;
      const wanted = query.delivery_status ?? query.status;
      const { events, totalCount } = await listAccountEvents(
        context,
        organizationId,
        accountId,
        {
          ...dateRange(query),
          jobId: query.job_id,
          type: query.event_type,
          deliveryStatus: wanted === 'success' ? 'succeeded' : wanted,
        },
        {
          number: query.page,
          size: query.page_size,
          sort: query.sort === 'created_at' ? 'oldest_first' : 'newest_first',
        },
      );
      return {
        success: true,
        webhook_events: events.map(eventJson),
        pagination: paginationJson(query, totalCount),
      };
    },
  );
}

const shown: Readonly<Record<EventDeliveryStatus, ShownStatus | null>> = {
  none: null,
  pending: 'pending',
  succeeded: 'success',
  failed: 'failed',
};

function eventJson({ id, type, jobId, body, occurredAt, delivery }: AccountEvent) {
  const deliveryStatus = shown[delivery.status];
  return {
    event_id: id,
    event_type: type,
    webhook_url: delivery.url ?? null,
    delivery_status: deliveryStatus,
    created_at: occurredAt.toISOString(),
    id,
    object: 'event',
    type,
    created: String(body.created),
    access_token_reference_id: String(body.access_token_reference_id),
    job_id: jobId === undefined ? null : String(jobId),
    status: deliveryStatus,
    delivered: delivery.status === 'succeeded',
    delivery_attempts: delivery.attemptCount,
    last_delivery_attempt: delivery.lastAttemptAt?.toISOString() ?? null,
    response_status_code: delivery.lastStatusCode ?? null,
    // Our own events: `data` of the envelope is an object.
    data: body.data as Record<string, unknown>,
  };
}
