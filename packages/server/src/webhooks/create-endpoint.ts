import type { Transaction } from '../platform/database/database.ts';
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
import { addSecret, openSecrets, secretHolder } from './endpoint-secrets.ts';
import type { WebhookEventType } from './event-types.ts';

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

/** @throws PrecertError `validation_error` for a URL that is not called, `webhook_endpoint_limit_reached` */
export async function createEndpoint(
  context: WebhooksContext,
  organizationId: string,
  wanted: NewEndpoint,
): Promise<EndpointWithSecret> {
  await assertUrl(context, wanted.url);
  return context.database.transaction(async (transaction) => {
    await lockEndpoints(transaction, organizationId);
    return addEndpoint(context, transaction, organizationId, wanted);
  });
}

/** For a transaction that holds `lockEndpoints`. @throws PrecertError `webhook_endpoint_limit_reached` */
export async function addEndpoint(
  context: WebhooksContext,
  transaction: Transaction,
  organizationId: string,
  wanted: NewEndpoint,
): Promise<EndpointWithSecret> {
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
  return { endpoint, secret: await firstSecret(context, transaction, endpoint) };
}

/** The organization's own secret is there from the first `cobalt` endpoint on. */
async function firstSecret(
  context: WebhooksContext,
  transaction: Transaction,
  endpoint: WebhookEndpoint,
): Promise<string> {
  const holder = secretHolder(endpoint);
  const [newest] = await openSecrets(context, transaction, endpoint.organizationId, holder);
  if (newest !== undefined) return newest;
  return addSecret(context, transaction, endpoint.organizationId, { holder, profile: endpoint.profile });
}
