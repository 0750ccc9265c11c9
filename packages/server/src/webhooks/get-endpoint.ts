import type { Queryable } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';
import type { WebhookEndpoint } from './endpoint.ts';
import { findEndpoint } from './endpoint-queries.ts';

/** @throws PrecertError `webhook_endpoint_not_found`, also for another organization's id */
export async function getEndpoint(
  context: { readonly database: Queryable },
  organizationId: string,
  endpointId: string,
): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(context.database, organizationId, endpointId);
  if (endpoint === undefined) throw endpointNotFound();
  return endpoint;
}

/** As `getEndpoint`, for what only an endpoint that is on can do. @throws also `webhook_endpoint_disabled` */
export async function getEnabledEndpoint(
  context: { readonly database: Queryable },
  organizationId: string,
  endpointId: string,
): Promise<WebhookEndpoint> {
  const endpoint = await getEndpoint(context, organizationId, endpointId);
  if (endpoint.status === 'enabled') return endpoint;
  throw new PrecertError('webhook_endpoint_disabled', 'This webhook endpoint is off; enable it first.');
}

export function endpointNotFound(): PrecertError {
  return new PrecertError('webhook_endpoint_not_found', 'There is no webhook endpoint of this id.');
}
