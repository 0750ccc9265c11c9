import { describe, expect, test } from 'vitest';
import { jobTableText } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  listDeliveries,
  onlyDelivery,
  publish,
  readEndpoint,
} from '../../support/webhooks/webhook-tenant.ts';

/** As it runs in earnest: with workers. */
const server = useTestServer({ settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

const arrived = (path: string, count: number) =>
  expect.poll(() => receiver().received(path).length, { timeout: 10_000 }).toBe(count);

describe('an endpoint that hangs', () => {
  test('has four deliveries under way at most, and holds up nobody else', async () => {
    const [slow, quick] = [await server().newOrganization(), await server().newOrganization()];
    const release = Promise.withResolvers<void>();
    receiver().answer('/slow', { status: 200, after: release.promise });
    const { id } = await createEndpoint(slow, { url: receiver().url('/slow') });
    const neighbour = await createEndpoint(slow, { url: receiver().url('/neighbour') });
    await createEndpoint(quick, { url: receiver().url('/quick') });
    for (let count = 1; count <= 20; count += 1) {
      await publish(server(), slow.organizationId);
      await publish(server(), quick.organizationId);
      // One after another, while the first still hangs.
      await arrived('/quick', count);
      await arrived('/neighbour', count);
    }
    // What a sweep finds due changes nothing: the drain that runs is only rung.
    await server().app.jobs.sweep();
    await publish(server(), quick.organizationId);
    await arrived('/quick', 21);
    expect(receiver().received('/slow')).toHaveLength(4);
    expect(await listDeliveries(slow, id, '&status=succeeded')).toEqual([]);
    expect(await listDeliveries(slow, neighbour.id, '&status=succeeded')).toHaveLength(20);
    release.resolve();
    await arrived('/slow', 20);
    const ids = receiver()
      .received('/slow')
      .map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(20);
    await expect
      .poll(async () => (await listDeliveries(slow, id, '&status=succeeded')).length, { timeout: 10_000 })
      .toBe(20);
  });
});

describe('an endpoint whose last attempt failed', () => {
  test('is looked after by workers of its own until it answers again', async () => {
    const client = await server().newOrganization();
    receiver().answer('/down', { status: 503 }, { status: 503 }, { status: 200 });
    const { id } = await createEndpoint(client, { url: receiver().url('/down') });
    const inQueue = async (queue: string) => {
      const lines = (await jobTableText(server().database)).split('\n');
      return lines.some((line) => line.includes(`,${queue},`) && line.includes(id));
    };
    await publish(server(), client.organizationId);
    await arrived('/down', 1);
    await expect.poll(async () => (await readEndpoint(client, id)).failingSince).not.toBeNull();
    await publish(server(), client.organizationId);
    await arrived('/down', 2);
    expect(await inQueue('deliver-webhooks-again')).toBe(true);
    // Recorded, not only received: when the retry is due is reckoned from then.
    await expect
      .poll(async () => (await listDeliveries(client, id)).map(({ attemptCount }) => attemptCount))
      .toEqual([1, 1]);
    server().clock.advance(10_000);
    await server().app.jobs.sweep();
    await arrived('/down', 4);
    await expect.poll(async () => (await listDeliveries(client, id, '&status=succeeded')).length).toBe(2);
    expect(await readEndpoint(client, id)).toMatchObject({ failingSince: null });
  });
});

describe('a retry that is due within seconds', () => {
  test('needs no sweep: the vendor’s second attempt follows after a second', async () => {
    const client = await server().newOrganization();
    receiver().answer('/vendor', { status: 500 }, { status: 200 });
    const { id } = await createEndpoint(client, { url: receiver().url('/vendor'), schedule: 'vendor' });
    await publish(server(), client.organizationId);
    await arrived('/vendor', 1);
    await expect.poll(async () => (await onlyDelivery(client, id)).attemptCount).toBe(1);
    server().clock.advance(1_000);
    await arrived('/vendor', 2);
    await expect.poll(async () => (await onlyDelivery(client, id)).status).toBe('succeeded');
  });
});
