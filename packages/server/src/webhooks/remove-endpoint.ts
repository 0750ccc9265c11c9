import type { WebhooksContext } from './context.ts';
import { cancelDeliveries } from './delivery-queries.ts';
import type { SignatureProfile } from './endpoint.ts';
import { lockEndpoints, markDeleted } from './endpoint-queries.ts';
import { endpointNotFound } from './get-endpoint.ts';
import { deleteSecrets } from './secret-queries.ts';

/**
 * Ends an endpoint: what was still to be delivered is cancelled, and its own secret is gone.
 * @param profile when given, an endpoint of another profile is not found
 * @throws PrecertError `webhook_endpoint_not_found`
 */
export async function removeEndpoint(
  context: WebhooksContext,
  organizationId: string,
  endpointId: string,
  profile?: SignatureProfile,
): Promise<void> {
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    const removed = await markDeleted(transaction, organizationId, endpointId, profile, now);
    if (!removed) throw endpointNotFound();
    await cancelDeliveries(transaction, organizationId, endpointId, now);
    await deleteSecrets(transaction, organizationId, endpointId);
  });
}
