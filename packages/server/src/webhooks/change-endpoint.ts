import { assertUrl } from './check-url.ts';
import type { WebhooksContext } from './context.ts';
import type { WebhookEndpoint } from './endpoint.ts';
import { type EndpointPatch, updateEndpoint } from './endpoint-queries.ts';
import { endpointNotFound, getEndpoint } from './get-endpoint.ts';

/** @throws PrecertError `webhook_endpoint_not_found`, `validation_error` for a URL that is not called */
export async function changeEndpoint(
  context: WebhooksContext,
  organizationId: string,
  endpointId: string,
  patch: EndpointPatch,
): Promise<WebhookEndpoint> {
  await getEndpoint(context, organizationId, endpointId);
  if (patch.url !== undefined) await assertUrl(context, patch.url);
  const now = context.clock.now();
  const changed = await updateEndpoint(context.database, organizationId, endpointId, patch, now);
  if (changed === undefined) throw endpointNotFound();
  return changed;
}
