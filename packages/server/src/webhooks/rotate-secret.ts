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
  const keys = await context.vault.keysOf(organizationId);
  const rotated = await context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    // Under the lock: an endpoint that is removed meanwhile must not be left with a secret.
    const endpoint = await getEndpoint({ database: transaction }, organizationId, endpointId);
    const { profile } = endpoint;
    const replacement = { holder: secretHolder(endpoint), profile, overlapHours };
    return { endpoint, secret: await replaceSecret(context, transaction, keys, replacement) };
  });
  return withOpenSecret(context, rotated);
}
