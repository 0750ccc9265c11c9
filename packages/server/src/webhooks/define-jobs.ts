import { webhookSweepMs } from '../config/limits.ts';
import type { JobQueue } from '../platform/jobs/job-queue.ts';
import type { WebhooksContext } from './context.ts';
import { cancelDeliveries, listDueEndpoints } from './delivery-queries.ts';
import { drainEndpoint, type EndpointReference, type RunningDrains, ringDrain } from './drain-endpoint.ts';
import { defineHousekeeping } from './housekeeping.ts';

export const deliverWebhooksQueue = 'deliver-webhooks';

/** For endpoints whose last attempt failed: they cannot take the workers of those that answer. */
export const deliverWebhooksAgainQueue = 'deliver-webhooks-again';

/** A worker mostly waits for a receiver. */
const endpointsAtOnce = 8;
const failingEndpointsAtOnce = 4;

/** Endpoints looked at by one sweep; what is left is the next sweep's. */
const sweepLimit = 500;

/** Declares this room's jobs: thin wrappers around use cases, safe to run twice. */
export function defineWebhookJobs(jobs: JobQueue, context: WebhooksContext): void {
  jobs.define<{ organizationId: string; endpointId: string }>(
    deliverWebhooksQueue,
    async ({ payload, signal }) => {
      const end = await drainEndpoint(context, payload, { evenIfFailing: false, signal });
      if (signal.aborted || end === 'done') return;
      await jobs.enqueueMany(
        end === 'failing' ? deliverWebhooksAgainQueue : deliverWebhooksQueue,
        wakeUps([payload]),
      );
    },
    { concurrency: endpointsAtOnce },
  );
  jobs.define<{ organizationId: string; endpointId: string }>(
    deliverWebhooksAgainQueue,
    async ({ payload, signal }) => {
      const end = await drainEndpoint(context, payload, { evenIfFailing: true, signal });
      if (signal.aborted || end === 'done') return;
      await jobs.enqueueMany(deliverWebhooksAgainQueue, wakeUps([payload]));
    },
    { concurrency: failingEndpointsAtOnce },
  );
  jobs.addSweeper('due-webhooks', webhookSweepMs, () => sweep(jobs, context));
  defineHousekeeping(jobs, context);
}

async function sweep(jobs: JobQueue, context: WebhooksContext): Promise<void> {
  const now = context.clock.now();
  const due = await listDueEndpoints(context.database, now, sweepLimit);
  // Addressed in the moment the endpoint was turned off or deleted.
  for (const { organizationId, endpointId } of due.filter(({ isOn }) => !isOn)) {
    await cancelDeliveries(context.database, organizationId, endpointId, now);
  }
  const failing = due.filter(({ isOn, isFailing }) => isOn && isFailing);
  const working = due.filter(({ isOn, isFailing }) => isOn && !isFailing);
  await jobs.enqueueMany(deliverWebhooksQueue, wakeUps(working));
  await jobs.enqueueMany(deliverWebhooksAgainQueue, wakeUps(failing));
}

/**
 * For `WebhooksContext.wakeDeliveries`. An endpoint that is being drained in this process needs no job: under load most
 * wake-ups are of that kind.
 */
export function wakeEndpoints(
  jobs: JobQueue,
  drains: RunningDrains,
): (organizationId: string, endpointIds: readonly string[]) => Promise<void> {
  return (organizationId, endpointIds) => {
    const references = endpointIds.map((endpointId) => ({ organizationId, endpointId }));
    const idle = references.filter((reference) => !ringDrain(drains, reference));
    return jobs.enqueueMany(deliverWebhooksQueue, wakeUps(idle));
  };
}

function wakeUps(references: readonly EndpointReference[]) {
  return references.map(({ organizationId, endpointId }) => ({
    payload: { organizationId, endpointId },
    singletonKey: endpointId,
  }));
}
