import { Type } from 'typebox';
import { claimsCallerOf } from '../../identity/claims-authentication.ts';
import { invalidField, PrecertError } from '../../platform/errors.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bodyErrors } from '../../platform/http/error-responses.ts';
import {
  listCobaltEndpoints,
  registerCobaltEndpoint,
  removeCobaltEndpoint,
  rotateCobaltSecret,
} from '../../webhooks/cobalt-endpoints.ts';
import type { WebhooksContext } from '../../webhooks/context.ts';
import { claimsErrorResponses, clientErrors } from './error-schema.ts';
import {
  listedWebhooks,
  registered,
  registration,
  removed,
  rotatedByOne,
  rotatedForAll,
} from './examples/webhooks.ts';
import {
  RegisteredWebhook,
  RegisteredWebhooks,
  RemovedWebhook,
  RotatedSecret,
  registeredJson,
  rotatedJson,
  webhookParams,
} from './webhook-json.ts';

const tags = ['Webhooks of the claims API'];

/** Contract claims.md, 4.1: one secret for all of an organization's URLs, and the union of the field names of both pages. */
export function webhookRoutes(app: HttpServer, context: WebhooksContext): void {
  registerRoute(app, context);
  listRoute(app, context);
  removeRoute(app, context);
  rotateRoutes(app, context);
}

function registerRoute(app: HttpServer, context: WebhooksContext): void {
  app.post(
    '/v1/webhook',
    {
      attachValidation: true,
      config: { body: 'left_to_route' },
      schema: {
        operationId: 'registerWebhook',
        tags,
        summary: 'Register a URL to be told of events of the claims API',
        description:
          'A URL that is registered already keeps its id and secret; if it was turned off, because it answered 410 or failed for five days, it is told of new events again. At most 20 an organization.',
        examples: { request: { url: registration }, responses: { 200: { registered } } },
        body: Type.Object({
          webhook_url: Type.String({ examples: ['https://clinic.example.com/precert'] }),
        }),
        response: {
          200: RegisteredWebhook,
          ...claimsErrorResponses(...clientErrors, ...bodyErrors, 'webhook_endpoint_limit_reached'),
        },
      },
    },
    async (request) => {
      const { organizationId } = claimsCallerOf(request);
      return registeredJson(await register(context, organizationId, readUrl(request.body)));
    },
  );
}

/** @throws PrecertError `validation_error` */
function readUrl(body: unknown): string {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const sent: unknown = isObject && 'webhook_url' in body ? body.webhook_url : undefined;
  if (sent === undefined || sent === null || sent === '')
    throw invalidField('webhook_url', 'required', 'This field is required.');
  if (typeof sent !== 'string') throw invalidField('webhook_url', 'invalid_type', 'Expected a string.');
  return sent;
}

async function register(context: WebhooksContext, organizationId: string, url: string) {
  try {
    return await registerCobaltEndpoint(context, organizationId, url);
  } catch (error) {
    if (!(error instanceof PrecertError) || error.issues === undefined) throw error;
    // The field has another name here.
    const issues = error.issues.map((issue) => ({ ...issue, field: 'webhook_url' }));
    throw new PrecertError(error.code, error.message, { issues, cause: error });
  }
}

function listRoute(app: HttpServer, context: WebhooksContext): void {
  app.get(
    '/v1/webhook',
    {
      schema: {
        operationId: 'listWebhooks',
        tags,
        summary: 'List registered URLs',
        examples: { responses: { 200: { webhooks: listedWebhooks } } },
        response: { 200: RegisteredWebhooks, ...claimsErrorResponses(...clientErrors) },
      },
    },
    async (request) => {
      const { organizationId } = claimsCallerOf(request);
      const { endpoints, secret } = await listCobaltEndpoints(context, organizationId);
      return {
        success: true,
        webhook_url: endpoints[0]?.url ?? null,
        webhook_urls: endpoints.map(({ id, url }) => ({ id, url })),
        webhook_secret_key: secret ?? null,
      };
    },
  );
}

function removeRoute(app: HttpServer, context: WebhooksContext): void {
  app.delete(
    '/v1/webhook/:webhook_id',
    {
      schema: {
        operationId: 'removeWebhook',
        tags,
        summary: 'Remove a URL',
        examples: { responses: { 200: { removed } } },
        params: webhookParams,
        response: {
          200: RemovedWebhook,
          ...claimsErrorResponses(...clientErrors, 'webhook_endpoint_not_found'),
        },
      },
    },
    async (request) => {
      const { organizationId } = claimsCallerOf(request);
      await removeCobaltEndpoint(context, organizationId, request.params.webhook_id);
      return { success: true, message: 'Webhook URL removed successfully' };
    },
  );
}

const rotateDescription = 'One secret signs for all URLs. The old one signs beside the new for 24 hours.';

function rotateRoutes(app: HttpServer, context: WebhooksContext): void {
  app.post(
    '/v1/webhook/rotate-secret',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'rotateSharedWebhookSecret',
        tags,
        summary: 'Make a new signing secret',
        description: rotateDescription,
        examples: { responses: { 200: { rotated: rotatedForAll } } },
        response: { 200: RotatedSecret, ...claimsErrorResponses(...clientErrors) },
      },
    },
    async (request) => {
      const { secret } = await rotateCobaltSecret(context, claimsCallerOf(request).organizationId);
      return rotatedJson(secret, null);
    },
  );
  app.post(
    '/v1/webhook/:webhook_id/rotate-secret',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'rotateSecretOfWebhook',
        tags,
        summary: 'Make a new signing secret, by way of one URL',
        description: rotateDescription,
        examples: { responses: { 200: { rotated: rotatedByOne } } },
        params: webhookParams,
        response: {
          200: RotatedSecret,
          ...claimsErrorResponses(...clientErrors, 'webhook_endpoint_not_found'),
        },
      },
    },
    async (request) => {
      const { organizationId } = claimsCallerOf(request);
      const { webhook_id: webhookId } = request.params;
      const { endpoints } = await listCobaltEndpoints(context, organizationId);
      if (!endpoints.some(({ id }) => id === webhookId))
        throw new PrecertError('webhook_endpoint_not_found', 'No webhook has this id.');
      const { secret } = await rotateCobaltSecret(context, organizationId);
      return rotatedJson(secret, webhookId);
    },
  );
}
