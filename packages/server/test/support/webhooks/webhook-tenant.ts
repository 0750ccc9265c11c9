/** An organization with webhook endpoints, and events for them. */

import { expect } from 'vitest';
import { eventEnvelope } from '../../../src/webhooks/event-envelope.ts';
import type { WebhookEventType } from '../../../src/webhooks/event-types.ts';
import { publishEvent } from '../../../src/webhooks/publish-events.ts';
import type { ApiClient } from '../api/api-client.ts';
import { succeed } from '../api/sample-case.ts';
import type { TestServer } from '../api/test-server.ts';
import { organizationKeys } from '../encryption/opened-rows.ts';

export const endpointsPath = '/v1/webhook-endpoints';

/** As the API shows it. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads arbitrary answers and asserts on what it finds.
type Json = any;

export async function createEndpoint(
  client: ApiClient,
  body: Readonly<Record<string, unknown>>,
): Promise<Json> {
  const answer = await client.call('POST', endpointsPath, body);
  expect(answer.status).toBe(201);
  return answer.body;
}

export async function readEndpoint(client: ApiClient, id: string): Promise<Json> {
  return succeed(await client.call('GET', `${endpointsPath}/${id}`));
}

export async function listDeliveries(client: ApiClient, id: string, query = ''): Promise<Json[]> {
  return succeed(await client.call('GET', `${endpointsPath}/${id}/deliveries?limit=100${query}`)).data;
}

/** The one delivery an endpoint has. */
export async function onlyDelivery(client: ApiClient, id: string): Promise<Json> {
  const deliveries = await listDeliveries(client, id);
  expect(deliveries).toHaveLength(1);
  return deliveries[0];
}

/** Publishes an event as a use case does, and returns its id. */
export async function publish(
  server: TestServer,
  organizationId: string,
  event: {
    readonly type?: WebhookEventType;
    readonly data?: Readonly<Record<string, unknown>>;
    readonly accountId?: string;
    readonly jobId?: number;
  } = {},
): Promise<string> {
  const { database } = server;
  const { webhooks } = server.app;
  const told = {
    id: webhooks.ids.next('evt'),
    type: event.type ?? 'claim.created',
    occurredAt: server.clock.now(),
    data: event.data ?? { claim_id: 'f4g5h6i7j8k9l0m1n2o3p4q5r6s7t8u9' },
  } as const;
  const keys = await organizationKeys(server, organizationId);
  await database.transaction((transaction) =>
    publishEvent(transaction, webhooks, keys, {
      ...told,
      ...(event.accountId === undefined ? {} : { accountId: event.accountId }),
      ...(event.jobId === undefined ? {} : { jobId: event.jobId }),
      body: { ...eventEnvelope(told) },
    }),
  );
  return told.id;
}

/** Sends everything that is due now. */
export async function deliverDue(server: TestServer): Promise<void> {
  await server.app.jobs.sweep();
  await server.app.jobs.drain();
}
