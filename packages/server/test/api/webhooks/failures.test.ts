import { describe, expect, test } from 'vitest';
import type { ApiClient } from '../../support/api/api-client.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ReceiverAnswer, useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  listDeliveries,
  onlyDelivery,
  publish,
  readEndpoint,
} from '../../support/webhooks/webhook-tenant.ts';

const hour = 3_600_000;
const day = 24 * hour;
const server = useTestServer({
  workers: false,
  settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' },
  // The middle of every band of jitter.
  overrides: { random: () => 0.5 },
});
const receiver = useReceiver();

interface Answered {
  readonly client: ApiClient;
  readonly id: string;
  /** Of the endpoint's own at the receiver: retries of other tests come in between. */
  readonly path: string;
}

/** An organization with one endpoint that got one event, and what the receiver made of it. */
async function answered(
  answer: ReceiverAnswer,
  endpoint: Readonly<Record<string, unknown>> = {},
): Promise<Answered> {
  const client = await server().newOrganization();
  const path = `/in/${client.organizationId}`;
  receiver().answer(path, answer);
  const { id } = await createEndpoint(client, { url: receiver().url(path), ...endpoint });
  await publish(server(), client.organizationId);
  await deliverDue(server());
  return { client, id, path };
}

describe('a delivery that fails', () => {
  test('is tried ten times over 75 hours and 35 minutes, and then given up', async () => {
    const startedAt = server().clock.now().getTime();
    const { client, id, path } = await answered({ status: 500, body: 'no luck' });
    for (let number = 1; number < 10; number += 1) {
      const { attempts, status, nextAttemptAt } = await onlyDelivery(client, id);
      expect([attempts.length, status]).toEqual([number, 'pending']);
      const waitMs = new Date(nextAttemptAt).getTime() - server().clock.now().getTime();
      server().clock.advance(waitMs - 1);
      await deliverDue(server());
      expect(receiver().received(path)).toHaveLength(number);
      server().clock.advance(1);
      await deliverDue(server());
    }
    const delivery = await onlyDelivery(client, id);
    expect(delivery).toMatchObject({ status: 'failed', attemptCount: 10, nextAttemptAt: null });
    expect(delivery.attempts.map(({ number }: { number: number }) => number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(delivery.attempts.at(-1)).toMatchObject({
      statusCode: 500,
      error: null,
      responseExcerpt: 'no luck',
    });
    expect(server().clock.now().getTime() - startedAt).toBe((75 * 60 + 35) * 60_000 + 5_000);
    const received = receiver().received(path);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    // Each attempt at its own time.
    expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    expect(await readEndpoint(client, id)).toMatchObject({
      status: 'enabled',
      failingSince: expect.any(String),
    });
  });

  test('succeeds when the receiver is back, and the endpoint counts as working again', async () => {
    const { client, id, path } = await answered('reset');
    expect((await readEndpoint(client, id)).failingSince).toBe(server().clock.now().toISOString());
    receiver().answer(path, { status: 204 });
    server().clock.advance(5_000);
    await deliverDue(server());
    expect(await onlyDelivery(client, id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ statusCode: null, error: 'connection_failed' }, { statusCode: 204 }],
    });
    expect(await readEndpoint(client, id)).toMatchObject({ failingSince: null });
  });

  test.each([301, 302, 303, 307, 308])('with a redirect (%i) is not followed', async (status) => {
    const { client, id } = await answered({
      status,
      headers: { location: receiver().url('/elsewhere') },
    });
    expect(receiver().received('/elsewhere')).toEqual([]);
    expect(await onlyDelivery(client, id)).toMatchObject({
      status: 'pending',
      attempts: [{ statusCode: status }],
    });
  });

  test.each([
    ['seconds', '7200', 2 * hour],
    ['a date', 'Fri, 13 Mar 2099 17:00:00 GMT', day],
    ['too long a time', '999999999', day],
    ['a negative number', '-30', 5_000],
    ['less than the schedule', '1', 5_000],
  ])('waits as Retry-After says, in %s', async (_name, header, waitMs) => {
    const { client, id } = await answered({ status: 429, headers: { 'retry-after': header } });
    const { nextAttemptAt } = await onlyDelivery(client, id);
    expect(new Date(nextAttemptAt).getTime() - server().clock.now().getTime()).toBe(waitMs);
  });

  test('because nobody listens, the connection breaks or the answer is no HTTP says so', async () => {
    const client = await server().newOrganization();
    const closed = await createEndpoint(client, { url: 'http://127.0.0.1:9/' });
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect((await onlyDelivery(client, closed.id)).attempts).toMatchObject([
      { statusCode: null, error: 'connection_refused', responseExcerpt: null },
    ]);
  });

  test('under the vendor’s schedule is tried a second later and then given up', async () => {
    const { client, id, path } = await answered({ status: 503 }, { schedule: 'vendor', profile: 'cobalt' });
    server().clock.advance(999);
    await deliverDue(server());
    expect(receiver().received(path)).toHaveLength(1);
    server().clock.advance(1);
    await deliverDue(server());
    expect(await onlyDelivery(client, id)).toMatchObject({ status: 'failed', attemptCount: 2 });
    const refused = await answered({ status: 404 }, { schedule: 'vendor' });
    expect(await onlyDelivery(refused.client, refused.id)).toMatchObject({
      status: 'failed',
      attemptCount: 1,
    });
  });
});

describe('an answer’s body', () => {
  test('is kept as far as its first kilobyte', async () => {
    const { client, id } = await answered({ status: 200, body: `é\0${'x'.repeat(5_000)}` });
    const [{ responseExcerpt }] = (await onlyDelivery(client, id)).attempts;
    expect(Buffer.byteLength(responseExcerpt)).toBeLessThanOrEqual(1_024 + 2);
    expect(responseExcerpt).toMatch(/^é\ufffdx{1021}$/);
  });

  test('is read as far as 64 KB: one without end costs nothing and does not undo the success', async () => {
    const { client, id } = await answered('endless');
    expect(await onlyDelivery(client, id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ statusCode: 200 }],
    });
    // The rest filled the buffers on the way and was thrown away.
    expect(receiver().bytesSent()).toBeLessThan(8 * 1024 * 1024);
  });

  test('may break off: the status was told', async () => {
    const { client, id } = await answered('broken body');
    expect(await onlyDelivery(client, id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ statusCode: 200, error: null }],
    });
  });
});

describe('an endpoint that answers 410', () => {
  test('is off at once, what was still to come is cancelled, and the others are told', async () => {
    const client = await server().newOrganization();
    const path = `/in/${client.organizationId}`;
    const { id } = await createEndpoint(client, { url: receiver().url(path), eventTypes: ['claim.failed'] });
    const other = await createEndpoint(client, {
      url: receiver().url('/other'),
      eventTypes: ['webhook_endpoint.disabled'],
    });
    receiver().answer(path, { status: 500 }, { status: 410 });
    await publish(server(), client.organizationId, { type: 'claim.failed' });
    await deliverDue(server());
    await publish(server(), client.organizationId, { type: 'claim.failed' });
    await deliverDue(server());
    expect(await readEndpoint(client, id)).toMatchObject({ status: 'disabled', disabledReason: 'gone' });
    const statuses = (await listDeliveries(client, id)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(['cancelled', 'failed']);
    await deliverDue(server());
    const [notice] = receiver()
      .received('/other')
      .map(({ body }) => JSON.parse(body));
    expect(notice).toMatchObject({
      object: 'event',
      type: 'webhook_endpoint.disabled',
      data: { webhookEndpointId: id, reason: 'gone' },
    });
    expect(await onlyDelivery(client, other.id)).toMatchObject({ status: 'succeeded' });

    await publish(server(), client.organizationId, { type: 'claim.failed' });
    server().clock.advance(day);
    await deliverDue(server());
    expect(receiver().received(path)).toHaveLength(2);
  });
});

describe('an endpoint whose URL is changed while it is called', () => {
  test.each([410, 500])('is not blamed for a %i of the URL before', async (status) => {
    const client = await server().newOrganization();
    const path = `/in/${client.organizationId}`;
    const { id } = await createEndpoint(client, { url: receiver().url(path) });
    const release = Promise.withResolvers<void>();
    receiver().answer(path, { status, after: release.promise });
    await publish(server(), client.organizationId);
    const delivering = deliverDue(server());
    await expect.poll(() => receiver().received(path).length).toBe(1);
    const changed = { url: receiver().url(`${path}/new`) };
    await client.call('PATCH', `/v1/webhook-endpoints/${id}`, changed);
    release.resolve();
    await delivering;
    expect(await readEndpoint(client, id)).toMatchObject({
      ...changed,
      status: 'enabled',
      failingSince: null,
    });
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect(receiver().received(`${path}/new`)).toHaveLength(1);
    const attempts = (await listDeliveries(client, id)).flatMap((delivery) => delivery.attempts);
    expect(attempts).toHaveLength(2);
    expect(attempts).toContainEqual(expect.objectContaining({ statusCode: status }));
  });
});

describe('an endpoint that fails', () => {
  test('for five days is off, and the others are told', async () => {
    const { client, id, path } = await answered({ status: 500 });
    await createEndpoint(client, { url: receiver().url('/other') });
    const { failingSince } = await readEndpoint(client, id);
    for (let days = 1; days < 5; days += 1) {
      server().clock.advance(day);
      await publish(server(), client.organizationId);
      await deliverDue(server());
      expect(await readEndpoint(client, id)).toMatchObject({ status: 'enabled', failingSince });
    }
    server().clock.advance(day);
    await deliverDue(server());
    expect(await readEndpoint(client, id)).toMatchObject({
      status: 'disabled',
      disabledReason: 'failing',
      failingSince,
    });
    const notices = receiver()
      .received('/other')
      .map(({ body }) => JSON.parse(body));
    expect(notices.filter(({ type }) => type === 'webhook_endpoint.disabled')).toMatchObject([
      { data: { webhookEndpointId: id, reason: 'failing', failingSince } },
    ]);
    const sent = receiver().received(path).length;
    expect((await listDeliveries(client, id)).filter(({ status }) => status === 'pending')).toEqual([]);
    server().clock.advance(day);
    await deliverDue(server());
    expect(receiver().received(path)).toHaveLength(sent);
  });

  test('now and then, days apart, stays on', async () => {
    const { client, id } = await answered({ status: 500 }, { schedule: 'vendor' });
    for (let round = 0; round < 3; round += 1) {
      server().clock.advance(3 * day);
      await publish(server(), client.organizationId);
      await deliverDue(server());
    }
    expect(await readEndpoint(client, id)).toMatchObject({
      status: 'enabled',
      failingSince: server().clock.now().toISOString(),
    });
  });

  test('is enabled again with a clean slate', async () => {
    const { client, id, path } = await answered({ status: 410 });
    const operation = `/v1/webhook-endpoints/${id}/enable`;
    const enabled = await client.call('POST', operation);
    expect(enabled).toMatchObject({
      status: 200,
      body: { status: 'enabled', disabledReason: null, failingSince: null },
    });
    expect((await client.call('POST', operation)).body).toEqual(enabled.body);
    receiver().answer(path, { status: 200 });
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect((await listDeliveries(client, id))[0]).toMatchObject({ status: 'succeeded' });
  });
});
