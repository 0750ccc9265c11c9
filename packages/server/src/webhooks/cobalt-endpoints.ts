import type { WebhooksContext } from './context.ts';
import type { WebhookEndpoint } from './endpoint.ts';

/** The `cobalt` endpoints of an organization and the one secret they share (contract claims.md, 4.1). */
export interface CobaltEndpoints {
  /** Oldest first. */
  readonly endpoints: readonly WebhookEndpoint[];
  /** Undefined until the first endpoint is registered. */
  readonly secret: string | undefined;
}

/**
 * Registers a URL for every event of the claims API; one that is registered already is given back as it is.
 * @throws PrecertError `validation_error` with an issue for `url` of code `webhook_url_refused`,
 *         `webhook_endpoint_limit_reached`
 */
export async function registerCobaltEndpoint(
  _context: WebhooksContext,
  _organizationId: string,
  _url: string,
): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
  throw new Error('To be written.');
}

export async function listCobaltEndpoints(
  _context: WebhooksContext,
  _organizationId: string,
): Promise<CobaltEndpoints> {
  throw new Error('To be written.');
}

/**
 * @throws PrecertError `webhook_endpoint_not_found`, also for an endpoint of the other profile
 */
export async function removeCobaltEndpoint(
  _context: WebhooksContext,
  _organizationId: string,
  _endpointId: string,
): Promise<void> {
  throw new Error('To be written.');
}

/**
 * Makes a new secret for all `cobalt` endpoints, also when there is none yet; the old one goes on for 24 hours beside
 * it (decision 0021).
 */
export async function rotateCobaltSecret(
  _context: WebhooksContext,
  _organizationId: string,
): Promise<{ readonly secret: string }> {
  throw new Error('To be written.');
}
