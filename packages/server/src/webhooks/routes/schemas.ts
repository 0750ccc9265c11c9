import { Type } from 'typebox';
import { component } from '../../platform/http/components.ts';
import { nullable, pageOf, strictObject, stringEnum, timestamp } from '../../platform/http/schemas.ts';
import { outboundFailures } from '../../platform/outbound/outbound-errors.ts';
import { deliveryCauses, deliveryStatuses } from '../delivery.ts';
import { disabledReasons, endpointStatuses, retrySchedules, signatureProfiles } from '../endpoint.ts';
import { maximumOverlapHours } from '../endpoint-secrets.ts';
import { webhookEventTypes } from '../event-types.ts';

export const EventType = component('WebhookEventType', stringEnum(webhookEventTypes));

export const DeliveryStatus = stringEnum(deliveryStatuses);

export const endpointParams = Type.Object({
  webhookEndpointId: Type.String({ examples: ['whe_01kkm280m0p5v8q2n4x7c3d9rt'] }),
});

export const deliveryParams = Type.Object({
  webhookEndpointId: Type.String({ examples: ['whe_01kkm280m0p5v8q2n4x7c3d9rt'] }),
  deliveryId: Type.String({ examples: ['whd_01kkm281a7h2m9w4b6k8s3f5yz000001'] }),
});

export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before, unchanged.' })),
};

const url = Type.String({
  minLength: 1,
  maxLength: 2_048,
  description: 'https on port 443 or 8443, at an address that is open to the whole internet.',
  examples: ['https://clinic.example/precert-events'],
});

const eventTypes = Type.Array(EventType, {
  minItems: 1,
  maxItems: webhookEventTypes.length,
  uniqueItems: true,
  examples: [['prior_auth.authorization.approved', 'prior_auth.authorization.denied']],
});

const description = Type.String({ maxLength: 500, examples: ['Decisions for the front desk'] });

const profile = stringEnum(signatureProfiles, {
  description:
    '`standard`: Standard Webhooks, with a secret of its own. `cobalt`: a `cobalt-verification` header, with the secret all `cobalt` endpoints share.',
});

const schedule = stringEnum(retrySchedules, {
  description: '`standard`: ten attempts in 75.6 hours. `vendor`: two attempts, one second apart.',
});

export const WebhookEndpointCreate = component(
  'WebhookEndpointCreate',
  strictObject({
    url,
    eventTypes: Type.Optional({ ...eventTypes, description: 'Left out: every type, also those to come.' }),
    profile: Type.Optional({ ...profile, default: 'standard' }),
    schedule: Type.Optional({ ...schedule, default: 'standard' }),
    description: Type.Optional(description),
  }),
);

export const WebhookEndpointUpdate = component(
  'WebhookEndpointUpdate',
  strictObject({
    url: Type.Optional(url),
    eventTypes: Type.Optional(nullable({ ...eventTypes, description: 'Null: every type.' })),
    schedule: Type.Optional(schedule),
    description: Type.Optional(nullable(description)),
  }),
);

const endpointFields = {
  id: Type.String({ examples: ['whe_01kkm280m0p5v8q2n4x7c3d9rt'] }),
  url: Type.String(),
  profile,
  schedule,
  eventTypes: nullable(Type.Array(EventType, { description: 'Null: every type.' })),
  description: nullable(Type.String()),
  status: stringEnum(endpointStatuses),
  disabledReason: nullable(
    stringEnum(disabledReasons, { description: '`gone`: it answered 410. `failing`: for five days.' }),
  ),
  failingSince: nullable(timestamp({ description: 'The first failure since the last success.' })),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const WebhookEndpointResource = component('WebhookEndpoint', Type.Object(endpointFields));

export const WebhookEndpointWithSecret = component(
  'WebhookEndpointWithSecret',
  Type.Object({
    ...endpointFields,
    secret: Type.String({
      description: 'Signs the deliveries. Shown now and not again.',
      examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0G2Y5kZ7a1M='],
    }),
  }),
);

export const WebhookEndpointPage = pageOf('WebhookEndpointPage', WebhookEndpointResource);

export const SecretRotation = component(
  'WebhookSecretRotation',
  strictObject(
    {
      overlapHours: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: maximumOverlapHours,
          default: maximumOverlapHours,
          description: 'How long the secrets before go on signing too. 0 ends them now.',
        }),
      ),
    },
    { examples: [{ overlapHours: 24 }] },
  ),
);

const WebhookAttempt = component(
  'WebhookAttempt',
  Type.Object({
    number: Type.Integer({ description: 'From 1.' }),
    attemptedAt: timestamp(),
    durationMs: Type.Integer(),
    statusCode: nullable(Type.Integer({ description: 'Of the answer; null when none came.' })),
    error: nullable(stringEnum(outboundFailures, { description: 'Why no answer came.' })),
    responseExcerpt: nullable(Type.String({ description: 'The first 1 KB of the answer.' })),
  }),
);

export const WebhookDeliveryResource = component(
  'WebhookDelivery',
  Type.Object({
    id: Type.String({ examples: ['whd_01kkm281a7h2m9w4b6k8s3f5yz000001'] }),
    webhookEndpointId: Type.String(),
    eventId: Type.String({ description: 'The `webhook-id` header.' }),
    eventType: EventType,
    status: DeliveryStatus,
    cause: stringEnum(deliveryCauses),
    attemptCount: Type.Integer(),
    nextAttemptAt: nullable(timestamp()),
    createdAt: timestamp(),
    finishedAt: nullable(timestamp()),
    attempts: Type.Array(WebhookAttempt),
  }),
);

export const WebhookDeliveryPage = pageOf('WebhookDeliveryPage', WebhookDeliveryResource);

export const WebhookReplay = component(
  'WebhookReplay',
  strictObject({
    from: timestamp({ description: 'Inclusive.', examples: ['2026-03-13T00:00:00.000Z'] }),
    to: timestamp({ description: 'Exclusive.', examples: ['2026-03-14T00:00:00.000Z'] }),
    eventTypes: Type.Optional({ ...eventTypes, description: 'Left out: every type the endpoint asks for.' }),
    cursor: Type.Optional(
      Type.String({ maxLength: 1_024, description: '`nextCursor` of the call before, unchanged.' }),
    ),
  }),
);

export const WebhookReplayResult = component(
  'WebhookReplayResult',
  Type.Object({
    queued: Type.Integer({
      description:
        'Deliveries made. Events that are still on their way to the endpoint are not queued again.',
    }),
    through: nullable(timestamp({ description: 'When the last event of this call happened.' })),
    pagination: Type.Object({
      hasMore: Type.Boolean({ description: 'True when the range holds more than 10,000 events.' }),
      nextCursor: nullable(Type.String({ description: 'Send the same body with this cursor to go on.' })),
    }),
  }),
);
