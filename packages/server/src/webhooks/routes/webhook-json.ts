import type { Static } from 'typebox';
import type { EndpointWithSecret } from '../create-endpoint.ts';
import type { Delivery } from '../delivery.ts';
import type { WebhookEndpoint } from '../endpoint.ts';
import type {
  WebhookDeliveryResource,
  WebhookEndpointResource,
  WebhookEndpointWithSecret,
} from './schemas.ts';

export function endpointJson(endpoint: WebhookEndpoint): Static<typeof WebhookEndpointResource> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    profile: endpoint.profile,
    schedule: endpoint.schedule,
    eventTypes: endpoint.eventTypes === undefined ? null : [...endpoint.eventTypes],
    description: endpoint.description ?? null,
    status: endpoint.status,
    disabledReason: endpoint.disabledReason ?? null,
    failingSince: endpoint.failingSince?.toISOString() ?? null,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

export function endpointWithSecretJson({
  endpoint,
  secret,
}: EndpointWithSecret): Static<typeof WebhookEndpointWithSecret> {
  return { ...endpointJson(endpoint), secret };
}

export function deliveryJson(delivery: Delivery): Static<typeof WebhookDeliveryResource> {
  return {
    id: delivery.id,
    webhookEndpointId: delivery.endpointId,
    eventId: delivery.eventId,
    eventType: delivery.eventType,
    status: delivery.status,
    cause: delivery.cause,
    attemptCount: delivery.attemptCount,
    nextAttemptAt: delivery.dueAt?.toISOString() ?? null,
    createdAt: delivery.createdAt.toISOString(),
    finishedAt: delivery.finishedAt?.toISOString() ?? null,
    attempts: delivery.attempts.map(({ attemptedAt, statusCode, error, responseExcerpt, ...attempt }) => ({
      ...attempt,
      attemptedAt: attemptedAt.toISOString(),
      statusCode: statusCode ?? null,
      error: error ?? null,
      responseExcerpt: responseExcerpt ?? null,
    })),
  };
}
