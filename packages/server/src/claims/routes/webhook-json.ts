import { Type } from 'typebox';
import { nullable } from '../../platform/http/schemas.ts';
import type { registerCobaltEndpoint } from '../../webhooks/cobalt-endpoints.ts';

export const webhookParams = Type.Object({ webhook_id: Type.String({ examples: ['whe_123'] }) });

const secret = Type.String({
  description: 'Key of the HMAC in `cobalt-verification`; the same for all URLs of the organization.',
});

/** The names of the guide, of the reference and of the reference's schema, all with the same values. */
export const RegisteredWebhook = Type.Object({
  success: Type.Boolean(),
  message: Type.String(),
  webhook_id: Type.String(),
  webhook_url: Type.String(),
  webhook_secret: secret,
  webhook_secret_key: secret,
  webhook: Type.Object({
    webhook_id: Type.String(),
    webhook_url: Type.String(),
    webhook_secret_key: secret,
  }),
});

export function registeredJson(registered: Awaited<ReturnType<typeof registerCobaltEndpoint>>) {
  const { endpoint, secret: key } = registered;
  return {
    success: true,
    message: 'Webhook registered successfully',
    webhook_id: endpoint.id,
    webhook_url: endpoint.url,
    webhook_secret: key,
    webhook_secret_key: key,
    webhook: { webhook_id: endpoint.id, webhook_url: endpoint.url, webhook_secret_key: key },
  };
}

export const RegisteredWebhooks = Type.Object({
  success: Type.Boolean(),
  webhook_url: nullable(Type.String({ description: 'The oldest.' })),
  webhook_urls: Type.Array(Type.Object({ id: Type.String(), url: Type.String() })),
  webhook_secret_key: nullable(secret),
});

export const RemovedWebhook = Type.Object({ success: Type.Boolean(), message: Type.String() });

export const RotatedSecret = Type.Object({
  success: Type.Boolean(),
  message: Type.String(),
  webhook_secret: secret,
  webhook_secret_key: secret,
  webhook: Type.Object({ id: nullable(Type.String()), secret }),
});

export function rotatedJson(key: string, webhookId: string | null) {
  return {
    success: true,
    message: 'Webhook secret rotated successfully',
    webhook_secret: key,
    webhook_secret_key: key,
    webhook: { id: webhookId, secret: key },
  };
}
