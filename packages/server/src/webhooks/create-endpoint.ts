import type { Transaction } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import { PrecertError } from '../platform/errors.ts';
import { assertUrl } from './check-url.ts';
import type { WebhooksContext } from './context.ts';
import {
  maximumEndpoints,
  type RetrySchedule,
  type SignatureProfile,
  type WebhookEndpoint,
} from './endpoint.ts';
import { insertEndpoint, listEndpoints, lockEndpoints } from './endpoint-queries.ts';
import { addSecret, openSecret, secretHolder } from './endpoint-secrets.ts';
import type { WebhookEventType } from './event-types.ts';
import { listSecrets, type SealedSecret } from './secret-queries.ts';

export interface NewEndpoint {
  readonly url: string;
  readonly profile: SignatureProfile;
  readonly schedule: RetrySchedule;
  /** Undefined: every type. */
  readonly eventTypes: readonly WebhookEventType[] | undefined;
  readonly description: string | undefined;
}

export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

/** As a transaction knows it: secrets are opened after it. */
export interface EndpointWithSealedSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: SealedSecret;
}

/** @throws PrecertError `validation_error` for a URL that is not called, `webhook_endpoint_limit_reached` */
export async function createEndpoint(
  context: WebhooksContext,
  organizationId: string,
  wanted: NewEndpoint,
): Promise<EndpointWithSecret> {
  await assertUrl(context, wanted.url);
  const keys = await context.vault.keysOf(organizationId);
  const added = await context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    return addEndpoint(context, transaction, keys, wanted);
  });
  return withOpenSecret(context, added);
}

export async function withOpenSecret(
  context: WebhooksContext,
  { endpoint, secret }: EndpointWithSealedSecret,
): Promise<EndpointWithSecret> {
  return { endpoint, secret: await openSecret(context, endpoint.organizationId, secret) };
}

/**
 * For a transaction that holds `lockEndpoints`.
 * @param keys asked for before the transaction begins
 * @throws PrecertError `webhook_endpoint_limit_reached`
 */
export async function addEndpoint(
  context: WebhooksContext,
  transaction: Transaction,
  keys: OrganizationKeys,
  wanted: NewEndpoint,
): Promise<EndpointWithSealedSecret> {
  const { organizationId } = keys;
  const page = { after: undefined, limit: maximumEndpoints };
  const present = await listEndpoints(transaction, organizationId, page);
  if (present.length === maximumEndpoints) {
    throw new PrecertError(
      'webhook_endpoint_limit_reached',
      `An organization has at most ${maximumEndpoints} webhook endpoints; delete one first.`,
    );
  }
  const now = context.clock.now();
  const endpoint: WebhookEndpoint = {
    ...wanted,
    organizationId,
    id: context.ids.next('whe'),
    status: 'enabled',
    disabledReason: undefined,
    failingSince: undefined,
    createdAt: now,
    updatedAt: now,
  };
  await insertEndpoint(transaction, endpoint);
  return { endpoint, secret: await firstSecret(context, transaction, keys, endpoint) };
}

/** The organization's own secret is there from the first `cobalt` endpoint on. */
async function firstSecret(
  context: WebhooksContext,
  transaction: Transaction,
  keys: OrganizationKeys,
  endpoint: WebhookEndpoint,
): Promise<SealedSecret> {
  const holder = secretHolder(endpoint);
  const [newest] = await listSecrets(transaction, keys.organizationId, holder, context.clock.now());
  return newest ?? addSecret(context, transaction, keys, { holder, profile: endpoint.profile });
}
