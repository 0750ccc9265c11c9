import type { Transaction } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { WebhooksContext } from './context.ts';
import { cancelDeliveries } from './delivery-queries.ts';
import type { DisabledReason } from './endpoint.ts';
import { markDisabled } from './endpoint-queries.ts';
import { eventEnvelope } from './event-envelope.ts';
import { publishEvent } from './publish-events.ts';

/**
 * Turns an endpoint off, cancels what was still to be delivered and tells the organization's other endpoints. The URL
 * is left out of the event: it may hold a token.
 * @param keys asked for before the transaction begins
 */
export async function disableEndpoint(
  context: WebhooksContext,
  transaction: Transaction,
  keys: OrganizationKeys,
  endpoint: { readonly id: string; readonly reason: DisabledReason; readonly failingSince: Date | undefined },
): Promise<void> {
  const { organizationId } = keys;
  const now = context.clock.now();
  if (!(await markDisabled(transaction, organizationId, endpoint.id, endpoint.reason, now))) return;
  await cancelDeliveries(transaction, organizationId, endpoint.id, now);
  const event = { id: context.ids.next('evt'), type: 'webhook_endpoint.disabled', occurredAt: now } as const;
  const data = {
    webhookEndpointId: endpoint.id,
    reason: endpoint.reason,
    failingSince: endpoint.failingSince?.toISOString() ?? null,
  };
  await publishEvent(transaction, context, keys, {
    ...event,
    body: { ...eventEnvelope({ ...event, data }) },
  });
  context.logger.warn(
    { organizationId, endpointId: endpoint.id, reason: endpoint.reason },
    'a webhook endpoint was turned off',
  );
}
