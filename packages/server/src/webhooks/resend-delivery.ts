import { PrecertError } from '../platform/errors.ts';
import type { WebhooksContext } from './context.ts';
import type { Delivery } from './delivery.ts';
import { findDelivery } from './delivery-list-queries.ts';
import { getEnabledEndpoint } from './get-endpoint.ts';
import { insertResend } from './repeat-queries.ts';

/**
 * Sends an event once more, under the same `webhook-id`, with all the attempts of a new delivery.
 * @throws PrecertError `webhook_endpoint_not_found`, `webhook_endpoint_disabled`, `webhook_delivery_not_found`
 */
export async function resendDelivery(
  context: WebhooksContext,
  organizationId: string,
  endpointId: string,
  deliveryId: string,
): Promise<Delivery> {
  await getEnabledEndpoint(context, organizationId, endpointId);
  const id = context.ids.next('whd');
  const delivery = { id, endpointId, now: context.clock.now() };
  const inserted = await insertResend(context.database, organizationId, deliveryId, delivery);
  const made = inserted ? await findDelivery(context, organizationId, endpointId, id) : undefined;
  if (made === undefined) {
    throw new PrecertError('webhook_delivery_not_found', 'There is no delivery of this id to this endpoint.');
  }
  await context.wakeDeliveries(organizationId, [endpointId]);
  return made;
}
