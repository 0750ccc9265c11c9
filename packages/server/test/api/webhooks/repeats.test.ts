import { describe, expect, test } from 'vitest';
import { insertReplay } from '../../../src/webhooks/repeat-queries.ts';
import { sealedEvents } from '../../../src/webhooks/sealed-rows.ts';
import type { ApiClient } from '../../support/api/api-client.ts';
import { succeed } from '../../support/api/sample-case.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { organizationKeys } from '../../support/encryption/opened-rows.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  endpointsPath,
  listDeliveries,
  onlyDelivery,
  publish,
} from '../../support/webhooks/webhook-tenant.ts';

const minute = 60_000;
const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

const now = () => server().clock.now().toISOString();
const idsAt = (path: string) =>
  receiver()
    .received(path)
    .map(({ headers }) => headers['webhook-id']);

async function organizationWithEndpoint(body: Readonly<Record<string, unknown>> = {}) {
  const client = await server().newOrganization();
  const path = `/in/${client.organizationId}`;
  const { id } = await createEndpoint(client, { url: receiver().url(path), ...body });
  return { client, id, path };
}

async function turnOff(client: ApiClient, id: string, path: string): Promise<void> {
  receiver().answer(path, { status: 410 });
  await publish(server(), client.organizationId);
  await deliverDue(server());
  receiver().answer(path, { status: 200 });
  expect((await client.call('GET', `${endpointsPath}/${id}`)).body.status).toBe('disabled');
}

describe('a resend', () => {
  test('sends the event again under the same id, with a new timestamp and a log of its own', async () => {
    const { client, id, path } = await organizationWithEndpoint();
    const eventId = await publish(server(), client.organizationId);
    await deliverDue(server());
    const first = await onlyDelivery(client, id);
    server().clock.advance(minute);
    const answer = await client.call('POST', `${endpointsPath}/${id}/deliveries/${first.id}/resend`);
    expect(answer).toMatchObject({
      status: 202,
      body: { eventId, status: 'pending', cause: 'resend', attemptCount: 0, attempts: [] },
    });
    await deliverDue(server());
    const [again, before] = await listDeliveries(client, id);
    expect(before).toEqual(first);
    expect(again).toMatchObject({
      id: answer.body.id,
      status: 'succeeded',
      attempts: [{ attemptedAt: now() }],
    });
    const [one, two] = receiver().received(path);
    expect(two?.body).toBe(one?.body);
    expect(idsAt(path)).toEqual([eventId, eventId]);
    const seconds = (request: typeof one) => Number(request?.headers['webhook-timestamp']);
    expect(seconds(two) - seconds(one)).toBe(60);
  });

  test('of an unknown delivery, of another endpoint’s, or to an endpoint that is off is refused', async () => {
    const { client, id, path } = await organizationWithEndpoint();
    const other = await createEndpoint(client, { url: receiver().url('/other') });
    await publish(server(), client.organizationId);
    await deliverDue(server());
    const { id: deliveryId } = await onlyDelivery(client, id);
    const resend = (endpointId: string, of: string) =>
      client.call('POST', `${endpointsPath}/${endpointId}/deliveries/${of}/resend`);
    expect((await resend(id, 'whd_none')).body.code).toBe('webhook_delivery_not_found');
    expect((await resend(other.id, deliveryId)).body.code).toBe('webhook_delivery_not_found');
    await turnOff(client, id, path);
    expect(await resend(id, deliveryId)).toMatchObject({
      status: 409,
      body: { code: 'webhook_endpoint_disabled' },
    });
    expect((await listDeliveries(client, other.id)).map(({ cause }) => cause)).not.toContain('resend');
  });
});

describe('a replay', () => {
  const replay = (client: ApiClient, id: string, body: object) =>
    client.call('POST', `${endpointsPath}/${id}/replay`, body);

  test('sends what happened while the endpoint was off, in its range and of its types', async () => {
    const { client, id, path } = await organizationWithEndpoint({
      eventTypes: ['claim.created', 'claim.failed'],
    });
    await turnOff(client, id, path);
    const told: string[] = [];
    server().clock.advance(minute);
    const from = now();
    for (const type of ['claim.created', 'patient.created', 'claim.failed', 'claim.created'] as const) {
      told.push(await publish(server(), client.organizationId, { type }));
      server().clock.advance(minute);
    }
    const to = new Date(server().clock.now().getTime() - minute).toISOString();
    const range = { from, to };
    expect((await replay(client, id, range)).body.code).toBe('webhook_endpoint_disabled');
    succeed(await client.call('POST', `${endpointsPath}/${id}/enable`));
    const answer = await replay(client, id, range);
    expect([answer.status, answer.body]).toEqual([
      202,
      // The last one happened at `to`, which is outside.
      {
        queued: 2,
        through: new Date(server().clock.now().getTime() - 2 * minute).toISOString(),
        pagination: { hasMore: false, nextCursor: null },
      },
    ]);
    await deliverDue(server());
    expect(idsAt(path).slice(1).toSorted()).toEqual([told[0], told[2]].toSorted());
    const failed = succeed(await replay(client, id, { from, to: now(), eventTypes: ['claim.failed'] }));
    expect(failed.queued).toBe(1);
    await deliverDue(server());
    expect(idsAt(path).filter((eventId) => eventId === told[2])).toHaveLength(2);
    expect((await listDeliveries(client, id, '&status=succeeded')).map(({ cause }) => cause)).toEqual([
      'replay',
      'replay',
      'replay',
    ]);
  });

  test('made again in doubt queues nothing twice as long as the first is under way', async () => {
    const { client, id } = await organizationWithEndpoint();
    const range = { from: now(), to: new Date(server().clock.now().getTime() + minute).toISOString() };
    for (let count = 0; count < 3; count += 1) await publish(server(), client.organizationId);
    // The events themselves are still on their way.
    expect(succeed(await replay(client, id, range)).queued).toBe(0);
    await deliverDue(server());
    expect(succeed(await replay(client, id, range)).queued).toBe(3);
    expect(succeed(await replay(client, id, range)).queued).toBe(0);
    await deliverDue(server());
    expect(succeed(await replay(client, id, range)).queued).toBe(3);
  });

  test('of more than 10,000 events says how far it got and goes on from there', {
    timeout: 60_000,
  }, async () => {
    const { client, id } = await organizationWithEndpoint();
    const { database } = server();
    const keys = await organizationKeys(server(), client.organizationId);
    await database.execute(
      `insert into webhook_event (organization_id, id, type, sealed, occurred_at)
       select $1, 'evt_many_' || lpad(n::text, 5, '0'), 'claim.created', $2, timestamptz '2026-01-01' + (n / 7) * interval '1 second'
         from generate_series(1, 10003) n`,
      // Nobody opens them.
      [client.organizationId, keys.seal(sealedEvents, ['evt_many'], '{}')],
    );
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const first = await replay(client, id, range);
    expect(first).toMatchObject({
      status: 202,
      body: { queued: 10_000, through: '2026-01-01T00:23:48.000Z', pagination: { hasMore: true } },
    });
    const { nextCursor: cursor } = first.body.pagination;
    const second = await replay(client, id, { ...range, cursor });
    expect(second.body).toMatchObject({ queued: 3, pagination: { hasMore: false, nextCursor: null } });
    const rows = await database.query<{ count: number }>(
      'select count(distinct event_id)::integer as count from webhook_delivery where organization_id = $1',
      [client.organizationId],
    );
    expect(rows).toEqual([{ count: 10_003 }]);
    const moved = await replay(client, id, { ...range, to: '2026-01-03T00:00:00Z', cursor });
    expect(moved.body.code).toBe('invalid_cursor');
    await client.call('DELETE', `${endpointsPath}/${id}`);
  });

  test('that breaks off in the middle has queued nothing', async () => {
    const { client, id } = await organizationWithEndpoint();
    for (let count = 0; count < 3; count += 1) await publish(server(), client.organizationId);
    await deliverDue(server());
    const { database } = server();
    const { clock } = server().app.webhooks;
    const range = { from: new Date(0), to: new Date('2099-01-01'), eventTypes: undefined, after: undefined };
    const broken = database.transaction(async (transaction) => {
      const delivery = { id: 'whd_broken', endpointId: id, now: clock.now() };
      expect((await insertReplay(transaction, client.organizationId, delivery, range, 10)).queued).toBe(3);
      throw new Error('the process was killed');
    });
    await expect(broken).rejects.toThrow('killed');
    expect(await listDeliveries(client, id)).toHaveLength(3);
  });

  test.each([
    ['no end', { from: '2026-01-01T00:00:00Z' }, 'to', 'required'],
    [
      'an end before its beginning',
      { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
      'to',
      'too_small',
    ],
    ['no time in it', { from: '2026-01-02T00:00:00Z', to: '2026-01-02T00:00:00Z' }, 'to', 'too_small'],
    [
      'a day that is none',
      { from: '2026-02-30T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      'from',
      'invalid_format',
    ],
  ])('with %s is refused', async (_name, body, field, code) => {
    const { client, id } = await organizationWithEndpoint();
    const answer = await replay(client, id, body);
    expect(answer).toMatchObject({ status: 400, body: { issues: [{ field, code }] } });
  });
});
