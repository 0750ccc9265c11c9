import type { WebhooksContext } from './context.ts';
import { type EndpointWithSecret, withOpenSecret } from './create-endpoint.ts';
import { lockEndpoints } from './endpoint-queries.ts';
import { replaceSecret, secretHolder } from './endpoint-secrets.ts';
import { getEndpoint } from './get-endpoint.ts';

/**
 * Gives an endpoint a new secret; the ones it has go on signing beside it for a while (decision 0017). An endpoint of
 * the `cobalt` profile shares its secret, so that all of these get the new one.
 * @throws PrecertError `webhook_endpoint_not_found`
 */
export async function rotateSecret(
  context: WebhooksContext,
  organizationId: string,
  endpointId: string,
  overlapHours: number,
): Promise<EndpointWithSecret> {
  const endpoint = await getEndpoint(context, organizationId, endpointId);
  const keys = await context.vault.keysOf(organizationId);
  const secret = await context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    const { profile } = endpoint;
    const replacement = { holder: secretHolder(endpoint), profile, overlapHours };
    return replaceSecret(context, transaction, keys, replacement);
  });
  return withOpenSecret(context, { endpoint, secret });
}
