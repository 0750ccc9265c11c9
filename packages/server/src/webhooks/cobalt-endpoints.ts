import type { Transaction } from '../platform/database/database.ts';
import { assertUrl } from './check-url.ts';
import type { WebhooksContext } from './context.ts';
import { addEndpoint, type EndpointWithSecret, withOpenSecret } from './create-endpoint.ts';
import { maximumEndpoints, type WebhookEndpoint } from './endpoint.ts';
import { enableEndpoint, listEndpoints, lockEndpoints } from './endpoint-queries.ts';
import { maximumOverlapHours, openSecret, openSecrets, replaceSecret } from './endpoint-secrets.ts';
import { claimsEventTypeNames } from './event-types.ts';
import { removeEndpoint } from './remove-endpoint.ts';
import { listSecrets } from './secret-queries.ts';

/** The `cobalt` endpoints of an organization and the one secret they share (contract claims.md, 4.1). */
export interface CobaltEndpoints {
  /** Oldest first. */
  readonly endpoints: readonly WebhookEndpoint[];
  /** Undefined until the first endpoint is registered. */
  readonly secret: string | undefined;
}

/** The organization's own; see `SecretHolder`. */
const shared = undefined;

/**
 * Registers a URL for every event of the claims API. One that is registered already is given back, and turned on again
 * if it was off: this surface has no other way to say that a receiver is there again.
 * @throws PrecertError `validation_error` with an issue for `url` of code `webhook_url_refused`,
 *         `webhook_endpoint_limit_reached`
 */
export async function registerCobaltEndpoint(
  context: WebhooksContext,
  organizationId: string,
  url: string,
): Promise<EndpointWithSecret> {
  await assertUrl(context, url);
  const keys = await context.vault.keysOf(organizationId);
  const registered = await context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    const present = await listEndpoints(transaction, organizationId, everyone);
    const known = present.find((endpoint) => endpoint.profile === 'cobalt' && endpoint.url === url);
    const [secret] = await listSecrets(transaction, organizationId, shared, context.clock.now());
    if (known !== undefined && secret !== undefined) {
      return { endpoint: await turnedOn(context, transaction, known), secret };
    }
    return addEndpoint(context, transaction, keys, {
      url,
      profile: 'cobalt',
      schedule: 'standard',
      eventTypes: claimsEventTypeNames,
      description: undefined,
    });
  });
  return withOpenSecret(context, registered);
}

async function turnedOn(
  { clock }: WebhooksContext,
  transaction: Transaction,
  endpoint: WebhookEndpoint,
): Promise<WebhookEndpoint> {
  if (endpoint.status === 'enabled') return endpoint;
  const updatedAt = clock.now();
  await enableEndpoint(transaction, endpoint.organizationId, endpoint.id, updatedAt);
  return { ...endpoint, status: 'enabled', disabledReason: undefined, failingSince: undefined, updatedAt };
}

const everyone = { after: undefined, limit: maximumEndpoints };

export async function listCobaltEndpoints(
  context: WebhooksContext,
  organizationId: string,
): Promise<CobaltEndpoints> {
  const present = await listEndpoints(context.database, organizationId, everyone);
  const [secret] = await openSecrets(context, organizationId, shared);
  return { endpoints: present.filter(({ profile }) => profile === 'cobalt'), secret };
}

/** @throws PrecertError `webhook_endpoint_not_found`, also for an endpoint of the other profile */
export async function removeCobaltEndpoint(
  context: WebhooksContext,
  organizationId: string,
  endpointId: string,
): Promise<void> {
  await removeEndpoint(context, organizationId, endpointId, 'cobalt');
}

/**
 * Makes a new secret for all `cobalt` endpoints, also when there is none yet; the old one goes on for 24 hours beside
 * it (decision 0017).
 */
export async function rotateCobaltSecret(
  context: WebhooksContext,
  organizationId: string,
): Promise<{ readonly secret: string }> {
  const keys = await context.vault.keysOf(organizationId);
  const secret = await context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    const replacement = { holder: shared, profile: 'cobalt', overlapHours: maximumOverlapHours } as const;
    return replaceSecret(context, transaction, keys, replacement);
  });
  return { secret: await openSecret(context, organizationId, secret) };
}
