import { Type } from 'typebox';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { type CursorCodec, pageFrom } from '../../platform/cursor.ts';
import { invalidField } from '../../platform/errors.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { noBody } from '../../platform/http/schemas.ts';
import type { WebhooksContext } from '../context.ts';
import { listDeliveries } from '../delivery-list-queries.ts';
import { getEndpoint } from '../get-endpoint.ts';
import type { EventPosition } from '../repeat-queries.ts';
import { replayEvents } from '../replay-events.ts';
import { resendDelivery } from '../resend-delivery.ts';
import { deliveryPage } from './examples.ts';
import {
  DeliveryStatus,
  deliveryParams,
  EventType,
  endpointParams,
  pageQuery,
  WebhookDeliveryPage,
  WebhookDeliveryResource,
  WebhookReplay,
  WebhookReplayResult,
} from './schemas.ts';
import { deliveryJson } from './webhook-json.ts';

const tags = ['Webhooks'];

export function webhookDeliveryRoutes(app: HttpServer, context: WebhooksContext, cursors: CursorCodec): void {
  listRoute(app, context, cursors);
  resendRoute(app, context);
  replayRoute(app, context, cursors);
}

function listRoute(app: HttpServer, context: WebhooksContext, cursors: CursorCodec): void {
  app.get(
    '/v1/webhook-endpoints/:webhookEndpointId/deliveries',
    {
      schema: {
        operationId: 'listWebhookDeliveries',
        tags,
        summary: 'List deliveries to a webhook endpoint with their attempts, newest first',
        description: 'Finished deliveries are shown for 30 days.',
        examples: { responses: { 200: { deliveries: deliveryPage } } },
        params: endpointParams,
        querystring: querySchema({
          ...pageQuery,
          status: Type.Optional(DeliveryStatus),
          eventType: Type.Optional(EventType),
        }),
        response: {
          200: WebhookDeliveryPage,
          ...errorResponses(
            ...bearerErrors,
            'validation_error',
            'invalid_cursor',
            'webhook_endpoint_not_found',
          ),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { webhookEndpointId } = request.params;
      await getEndpoint(context, organizationId, webhookEndpointId);
      const { limit, cursor, ...filter } = request.query;
      const scope = { list: 'webhook-deliveries', organizationId, filter: { webhookEndpointId, ...filter } };
      // A cursor of this scope holds exactly what `encode` below put in.
      const before =
        cursor === undefined
          ? undefined
          : (cursors.decode(scope, cursor) as { createdAt: string; id: string });
      const deliveries = await listDeliveries(context, organizationId, webhookEndpointId, filter, {
        before,
        limit: limit + 1,
      });
      const page = pageFrom(deliveries, limit, deliveryJson, ({ createdAt, id }) =>
        cursors.encode(scope, { createdAt: createdAt.toISOString(), id }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}

function resendRoute(app: HttpServer, context: WebhooksContext): void {
  app.post(
    '/v1/webhook-endpoints/:webhookEndpointId/deliveries/:deliveryId/resend',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'resendWebhookDelivery',
        tags,
        summary: 'Send an event once more',
        description: 'Makes a new delivery of the same event: the same `webhook-id`, a new timestamp.',
        params: deliveryParams,
        body: noBody,
        response: {
          202: WebhookDeliveryResource,
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            'webhook_endpoint_not_found',
            'webhook_delivery_not_found',
            'webhook_endpoint_disabled',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { webhookEndpointId, deliveryId } = request.params;
      const delivery = await resendDelivery(context, organizationId, webhookEndpointId, deliveryId);
      return reply.code(202).send(deliveryJson(delivery));
    },
  );
}

function replayRoute(app: HttpServer, context: WebhooksContext, cursors: CursorCodec): void {
  app.post(
    '/v1/webhook-endpoints/:webhookEndpointId/replay',
    {
      config: { cost: 10 },
      schema: {
        operationId: 'replayWebhookEvents',
        tags,
        summary: 'Send the events of a time once more',
        description:
          'Events are kept for 90 days, those of claims for good. One call queues at most 10,000; repeating it in doubt queues nothing twice while the deliveries are under way.',
        params: endpointParams,
        body: WebhookReplay,
        response: {
          202: WebhookReplayResult,
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            'invalid_cursor',
            'webhook_endpoint_not_found',
            'webhook_endpoint_disabled',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { webhookEndpointId } = request.params;
      const { cursor, ...wanted } = request.body;
      const range = { from: instant('from', wanted.from), to: instant('to', wanted.to) };
      if (range.to <= range.from) throw invalidField('to', 'too_small', 'Expected a moment after `from`.');
      const scope = { list: 'webhook-replay', organizationId, filter: { webhookEndpointId, ...wanted } };
      // A cursor of this scope holds exactly what `encode` below put in.
      const after =
        cursor === undefined ? undefined : (cursors.decode(scope, cursor) as unknown as EventPosition);
      const { eventTypes } = wanted;
      const { queued, last, hasMore } = await replayEvents(context, organizationId, webhookEndpointId, {
        ...range,
        eventTypes,
        after,
      });
      const position = last && { occurredAt: last.occurredAt.toISOString(), id: last.id };
      const nextCursor = hasMore && position !== undefined ? cursors.encode(scope, position) : null;
      return reply
        .code(202)
        .send({ queued, through: position?.occurredAt ?? null, pagination: { hasMore, nextCursor } });
    },
  );
}

/** @throws PrecertError `validation_error` for an instant PostgreSQL cannot hold */
function instant(name: string, text: string): Date {
  const date = new Date(text);
  const year = date.getUTCFullYear();
  if (year >= 1 && year <= 9999) return date;
  throw invalidField(name, 'invalid_format', 'Expected a moment between the years 0001 and 9999.');
}
