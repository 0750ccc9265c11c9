import { describe, expect, test } from 'vitest';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { createOutbound } from '../../src/platform/outbound/outbound.ts';
import { attemptDelivery } from '../../src/webhooks/attempt-delivery.ts';
import type { LeasedDelivery } from '../../src/webhooks/delivery.ts';
import {
  extendLease,
  giveBack,
  leaseDeliveries,
  recordAttempt,
} from '../../src/webhooks/delivery-queries.ts';
import { openSecrets } from '../../src/webhooks/endpoint-secrets.ts';
import { openEvent } from '../../src/webhooks/sealed-rows.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { organizationKeys } from '../support/encryption/opened-rows.ts';
import { useReceiver } from '../support/webhooks/receiver.ts';
import { createEndpoint, deliverDue, onlyDelivery, publish } from '../support/webhooks/webhook-tenant.ts';

const leaseSeconds = 0.4;
const server = useTestServer({
  workers: false,
  settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' },
  overrides: { leaseSeconds },
});
const receiver = useReceiver();

/** An organization whose endpoint has one due delivery, at a path of its own. */
async function oneDue() {
  const client = await server().newOrganization();
  const path = `/${client.organizationId}`;
  const { id: endpointId } = await createEndpoint(client, { url: receiver().url(path) });
  await publish(server(), client.organizationId);
  return { client, endpointId, path };
}

/** Takes the delivery as a worker does. */
async function take(organizationId: string, endpointId: string): Promise<LeasedDelivery | undefined> {
  const lease = { now: server().clock.now(), limit: 4, leaseSeconds, evenIfFailing: true };
  const [delivery] = await asOrganization(organizationId, () =>
    leaseDeliveries(server().app.database, organizationId, endpointId, lease),
  );
  return delivery;
}

/** Sends it as a worker does that records nothing afterwards. */
function sendWithoutRecord(delivery: LeasedDelivery) {
  const { webhooks } = server().app;
  const { organizationId, endpoint, event } = delivery;
  return asOrganization(organizationId, async () => {
    const secrets = await openSecrets(webhooks, organizationId, endpoint.id);
    const keys = await webhooks.vault.keysOf(organizationId);
    const content = { body: openEvent(keys, event.id, event.sealed), secrets };
    const context = { ...webhooks, outbound: createOutbound({ allowPrivate: true }) };
    return attemptDelivery(context, delivery, content, new AbortController().signal);
  });
}

describe('a worker that dies between the attempt and its record', () => {
  test('has the delivery made again by another, under the same id, once its lease has run out', async () => {
    const { client, endpointId, path } = await oneDue();
    const held = await take(client.organizationId, endpointId);
    if (held === undefined) throw new Error('There is something due.');
    await sendWithoutRecord(held);
    await deliverDue(server());
    expect(receiver().received(path)).toHaveLength(1);
    await expect
      .poll(
        async () => {
          await deliverDue(server());
          return receiver().received(path).length;
        },
        { timeout: 10_000 },
      )
      .toBe(2);
    const [first, second] = receiver().received(path);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(await onlyDelivery(client, endpointId)).toMatchObject({ status: 'succeeded', attemptCount: 1 });
  });
});

describe('a worker that was paused for longer than its lease', () => {
  test('cannot record what another worker has taken over', async () => {
    const { client, endpointId } = await oneDue();
    const stalled = await take(client.organizationId, endpointId);
    if (stalled === undefined) throw new Error('There is something due.');
    const made = await sendWithoutRecord(stalled);
    await expect
      .poll(() => take(client.organizationId, endpointId), { timeout: 10_000 })
      .toMatchObject({ id: stalled.id, leaseNumber: stalled.leaseNumber + 1 });
    const { database } = server().app;
    const keys = await organizationKeys(server(), client.organizationId);
    await asOrganization(client.organizationId, async () => {
      const outcome = { status: 'succeeded' } as const;
      expect(await extendLease(database, stalled, leaseSeconds)).toBe(false);
      expect(await recordAttempt(database, keys, stalled, made.attempt, outcome)).toBeUndefined();
    });
    expect(await onlyDelivery(client, endpointId)).toMatchObject({ status: 'pending', attempts: [] });
  });
});

describe('a worker that gave a delivery back', () => {
  test('holds it no more by a late renewal', async () => {
    const { client, endpointId } = await oneDue();
    const held = await take(client.organizationId, endpointId);
    if (held === undefined) throw new Error('There is something due.');
    await asOrganization(client.organizationId, async () => {
      await giveBack(server().app.database, held, server().clock.now());
      expect(await extendLease(server().app.database, held, leaseSeconds)).toBe(false);
    });
    expect(await take(client.organizationId, endpointId)).toMatchObject({
      leaseNumber: held.leaseNumber + 1,
    });
  });
});

describe('a worker that waits for a receiver for longer than a lease lasts', () => {
  test('keeps the delivery to itself', async () => {
    const { client, endpointId, path } = await oneDue();
    const release = Promise.withResolvers<void>();
    receiver().answer(path, { status: 200, after: release.promise });
    const delivering = deliverDue(server());
    await expect.poll(() => receiver().received(path).length).toBe(1);
    const { database } = server();
    const [began] = await database.query<{ at: Date }>('select clock_timestamp() as at');
    await expect
      .poll(
        async () => {
          expect(await take(client.organizationId, endpointId)).toBeUndefined();
          const [row] = await database.query<{ passed: boolean }>(
            'select clock_timestamp() > $1::timestamptz + make_interval(secs => $2) as passed',
            [began?.at, leaseSeconds * 3],
          );
          return row?.passed;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    release.resolve();
    await delivering;
    expect(receiver().received(path)).toHaveLength(1);
    expect(await onlyDelivery(client, endpointId)).toMatchObject({ status: 'succeeded', attemptCount: 1 });
  });
});
