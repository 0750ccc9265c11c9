import type { WebhooksContext } from './context.ts';
import { getEnabledEndpoint } from './get-endpoint.ts';
import { insertReplay, type Replayed, type ReplayRange } from './repeat-queries.ts';

/** In one call; the answer says where to go on. */
export const maximumReplay = 10_000;

/**
 * Sends what happened in a time once more, under the same `webhook-id`s: for a receiver that lost something, or an
 * endpoint that was off.
 * @throws PrecertError `webhook_endpoint_not_found`, `webhook_endpoint_disabled`
 */
export async function replayEvents(
  context: WebhooksContext,
  organizationId: string,
  endpointId: string,
  range: ReplayRange,
): Promise<Replayed> {
  await getEnabledEndpoint(context, organizationId, endpointId);
  const first = { id: context.ids.next('whd'), endpointId, now: context.clock.now() };
  const replayed = await insertReplay(context.database, organizationId, first, range, maximumReplay);
  if (replayed.queued > 0) await context.wakeDeliveries(organizationId, [endpointId]);
  return replayed;
}
