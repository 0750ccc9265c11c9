import { principalOf } from '../../identity/bearer-authentication.ts';
import { type CursorCodec, pageFrom } from '../../platform/cursor.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { emptyResponse, noBody } from '../../platform/http/schemas.ts';
import { changeEndpoint } from '../change-endpoint.ts';
import type { WebhooksContext } from '../context.ts';
import { createEndpoint } from '../create-endpoint.ts';
import { enableEndpoint, listEndpoints } from '../endpoint-queries.ts';
import { maximumOverlapHours } from '../endpoint-secrets.ts';
import { getEndpoint } from '../get-endpoint.ts';
import { removeEndpoint } from '../remove-endpoint.ts';
import { rotateSecret } from '../rotate-secret.ts';
import { endpoint, endpointPage, endpointRequest, endpointWithSecret } from './examples.ts';
import {
  pageQuery,
  endpointParams as params,
  SecretRotation,
  WebhookEndpointCreate,
  WebhookEndpointPage,
  WebhookEndpointResource,
  WebhookEndpointUpdate,
  WebhookEndpointWithSecret,
} from './schemas.ts';
import { endpointJson, endpointWithSecretJson } from './webhook-json.ts';

const tags = ['Webhooks'];

export function webhookEndpointRoutes(app: HttpServer, context: WebhooksContext, cursors: CursorCodec): void {
  createRoute(app, context);
  listRoute(app, context, cursors);
  readAndChangeRoutes(app, context);
  secretAndStatusRoutes(app, context);
}

function createRoute(app: HttpServer, context: WebhooksContext): void {
  app.post(
    '/v1/webhook-endpoints',
    {
      schema: {
        operationId: 'createWebhookEndpoint',
        tags,
        summary: 'Register a URL to be told of events',
        description: 'At most 20 an organization. The secret is in this answer and in no later one.',
        examples: {
          request: { decisions: endpointRequest },
          responses: { 201: { created: endpointWithSecret } },
        },
        body: WebhookEndpointCreate,
        response: {
          201: WebhookEndpointWithSecret,
          ...errorResponses(...bearerErrors, ...bodyErrors, 'webhook_endpoint_limit_reached'),
        },
      },
    },
    async (request, reply) => {
      const { url, eventTypes, profile = 'standard', schedule = 'standard', description } = request.body;
      const wanted = { url, eventTypes, profile, schedule, description };
      const created = await createEndpoint(context, principalOf(request).organizationId, wanted);
      return reply.code(201).send(endpointWithSecretJson(created));
    },
  );
}

function listRoute(app: HttpServer, context: WebhooksContext, cursors: CursorCodec): void {
  app.get(
    '/v1/webhook-endpoints',
    {
      schema: {
        operationId: 'listWebhookEndpoints',
        tags,
        summary: 'List webhook endpoints, oldest first',
        examples: { responses: { 200: { endpoints: endpointPage } } },
        querystring: querySchema(pageQuery),
        response: {
          200: WebhookEndpointPage,
          ...errorResponses(...bearerErrors, 'validation_error', 'invalid_cursor'),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { limit, cursor } = request.query;
      const scope = { list: 'webhook-endpoints', organizationId, filter: null };
      // A cursor of this scope holds exactly what `encode` below put in.
      const after =
        cursor === undefined
          ? undefined
          : (cursors.decode(scope, cursor) as { createdAt: string; id: string });
      const endpoints = await listEndpoints(context.database, organizationId, { after, limit: limit + 1 });
      const page = pageFrom(endpoints, limit, endpointJson, ({ createdAt, id }) =>
        cursors.encode(scope, { createdAt: createdAt.toISOString(), id }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}

const endpointErrors = [...bearerErrors, 'webhook_endpoint_not_found'] as const;

function readAndChangeRoutes(app: HttpServer, context: WebhooksContext): void {
  const path = '/v1/webhook-endpoints/:webhookEndpointId';
  app.get(
    path,
    {
      schema: {
        operationId: 'getWebhookEndpoint',
        tags,
        summary: 'Read one webhook endpoint',
        examples: { responses: { 200: { endpoint } } },
        params,
        response: { 200: WebhookEndpointResource, ...errorResponses(...endpointErrors) },
      },
    },
    async (request) =>
      endpointJson(
        await getEndpoint(context, principalOf(request).organizationId, request.params.webhookEndpointId),
      ),
  );
  app.patch(
    path,
    {
      schema: {
        operationId: 'updateWebhookEndpoint',
        tags,
        summary: 'Change a webhook endpoint',
        description: 'What is still to be delivered goes to the new URL too.',
        params,
        body: WebhookEndpointUpdate,
        response: { 200: WebhookEndpointResource, ...errorResponses(...endpointErrors, ...bodyErrors) },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { webhookEndpointId } = request.params;
      return endpointJson(await changeEndpoint(context, organizationId, webhookEndpointId, request.body));
    },
  );
  app.delete(
    path,
    {
      schema: {
        operationId: 'deleteWebhookEndpoint',
        tags,
        summary: 'Delete a webhook endpoint',
        description: 'What was still to be delivered is cancelled.',
        params,
        response: { 204: emptyResponse('Deleted.'), ...errorResponses(...endpointErrors) },
      },
    },
    async (request, reply) => {
      await removeEndpoint(context, principalOf(request).organizationId, request.params.webhookEndpointId);
      return reply.code(204).send(null);
    },
  );
}

function secretAndStatusRoutes(app: HttpServer, context: WebhooksContext): void {
  app.post(
    '/v1/webhook-endpoints/:webhookEndpointId/rotate-secret',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'rotateWebhookSecret',
        tags,
        summary: 'Replace the secret of a webhook endpoint',
        description:
          'The secrets before sign too for `overlapHours`. `cobalt` endpoints share their secret: all of them get the new one.',
        params,
        body: SecretRotation,
        response: { 200: WebhookEndpointWithSecret, ...errorResponses(...endpointErrors, ...bodyErrors) },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const overlapHours = request.body?.overlapHours ?? maximumOverlapHours;
      return endpointWithSecretJson(
        await rotateSecret(context, organizationId, request.params.webhookEndpointId, overlapHours),
      );
    },
  );
  app.post(
    '/v1/webhook-endpoints/:webhookEndpointId/enable',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'enableWebhookEndpoint',
        tags,
        summary: 'Turn a webhook endpoint on again',
        description: 'Events of the time it was off are sent by a replay.',
        params,
        body: noBody,
        response: { 200: WebhookEndpointResource, ...errorResponses(...endpointErrors, ...bodyErrors) },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { webhookEndpointId } = request.params;
      await enableEndpoint(context.database, organizationId, webhookEndpointId, context.clock.now());
      return endpointJson(await getEndpoint(context, organizationId, webhookEndpointId));
    },
  );
}
