import type { WebhooksContext } from './context.ts';
import { deliver } from './deliver.ts';
import type { LeasedDelivery } from './delivery.ts';
import { leaseDeliveries } from './delivery-queries.ts';
import { findEndpoint } from './endpoint-queries.ts';

/** Deliveries to one endpoint under way at once in this process. */
const maximumAtOnce = 4;

/** After this long a drain takes no more, so that an endpoint with much to hear does not keep a worker from the others. */
const sliceMs = 30_000;

export interface EndpointReference {
  readonly organizationId: string;
  readonly endpointId: string;
}

export type DrainEnd =
  /** Nothing is due any more, or somebody else looks after it. */
  | 'done'
  /** The slice of time is over; there may be more. */
  | 'interrupted'
  /** Its last attempt failed, and this drain is for those that work. */
  | 'failing';

/** A drain that runs in this process. */
interface RunningDrain {
  /** Has it look for due deliveries again. False when it has ended already. */
  ring(): boolean;
}

/** The endpoints that are being drained in this process. */
export type RunningDrains = Map<string, RunningDrain>;

function keyOf({ organizationId, endpointId }: EndpointReference): string {
  return `${organizationId} ${endpointId}`;
}

/** True when the endpoint is being drained in this process, and will be looked at again. */
export function ringDrain(drains: RunningDrains, reference: EndpointReference): boolean {
  return drains.get(keyOf(reference))?.ring() === true;
}

/**
 * Delivers what is due to one endpoint, a few at once, until nothing is left. A second call for the same endpoint while
 * one runs only has that one look again: a slow endpoint takes one worker, not all of them.
 * @param evenIfFailing false has it leave off as soon as an attempt fails
 */
export async function drainEndpoint(
  context: WebhooksContext,
  reference: EndpointReference,
  options: { readonly evenIfFailing: boolean; readonly signal: AbortSignal },
): Promise<DrainEnd> {
  const { drains } = context;
  if (ringDrain(drains, reference)) return 'done';
  const bell = createBell();
  const key = keyOf(reference);
  drains.set(key, bell);
  const mayGoOn = await deliverDue(context, reference, bell, options).finally(() => {
    if (drains.get(key) === bell) drains.delete(key);
  });
  if (!mayGoOn) return 'interrupted';
  return options.evenIfFailing ? 'done' : endOf(context, reference);
}

/** @returns false when it was time to stop, whatever is left */
async function deliverDue(
  context: WebhooksContext,
  { organizationId, endpointId }: EndpointReference,
  bell: Bell,
  { evenIfFailing, signal }: { readonly evenIfFailing: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  const until = performance.now() + sliceMs;
  const underWay = new Set<Promise<void>>();
  const begin = (delivery: LeasedDelivery) => {
    const run = deliver(context, delivery, signal).finally(() => underWay.delete(run));
    underWay.add(run);
  };
  while (true) {
    bell.reset();
    const mayTake = !signal.aborted && performance.now() < until;
    const limit = mayTake ? maximumAtOnce - underWay.size : 0;
    if (limit > 0) {
      const lease = { now: context.clock.now(), limit, leaseSeconds: context.leaseSeconds, evenIfFailing };
      const leased = await leaseDeliveries(context.database, organizationId, endpointId, lease);
      for (const delivery of leased) begin(delivery);
    }
    if (underWay.size === 0 && (!mayTake || bell.silence())) return mayTake;
    await Promise.race([...underWay, bell.rung()]);
  }
}

async function endOf(
  context: WebhooksContext,
  { organizationId, endpointId }: EndpointReference,
): Promise<DrainEnd> {
  const endpoint = await findEndpoint(context.database, organizationId, endpointId);
  return endpoint?.failingSince === undefined ? 'done' : 'failing';
}

interface Bell extends RunningDrain {
  reset(): void;
  /** Takes no more rings, unless it has rung since the reset: between a last look and the end none gets lost. */
  silence(): boolean;
  /** Resolves at the next ring, or at once when it has rung since the reset. */
  rung(): Promise<void>;
}

function createBell(): Bell {
  let current = Promise.withResolvers<void>();
  let hasRung = false;
  let isSilent = false;
  return {
    ring() {
      hasRung = true;
      current.resolve();
      return !isSilent;
    },
    reset() {
      if (!hasRung) return;
      hasRung = false;
      current = Promise.withResolvers();
    },
    silence() {
      isSilent = !hasRung;
      return isSilent;
    },
    rung: () => current.promise,
  };
}
