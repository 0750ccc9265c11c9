import { describe, expect, test } from 'vitest';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import {
  type AccountEventFilter,
  type AccountEventPage,
  listAccountEvents,
} from '../../../src/webhooks/account-event-queries.ts';
import {
  listCobaltEndpoints,
  registerCobaltEndpoint,
  removeCobaltEndpoint,
} from '../../../src/webhooks/cobalt-endpoints.ts';
import { claimsEventTypeNames } from '../../../src/webhooks/event-types.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import { createEndpoint, deliverDue, publish } from '../../support/webhooks/webhook-tenant.ts';

const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

/** The use cases, as a request of the organization's has them run. */
const list = (organizationId: string) =>
  asOrganization(organizationId, () => listCobaltEndpoints(server().app.webhooks, organizationId));
const register = (organizationId: string, url: string) =>
  asOrganization(organizationId, () => registerCobaltEndpoint(server().app.webhooks, organizationId, url));
const remove = (organizationId: string, id: string) =>
  asOrganization(organizationId, () => removeCobaltEndpoint(server().app.webhooks, organizationId, id));

describe('endpoints of the claims surface', () => {
  test('share one secret, made with the first of them, and are told the claims API’s events', async () => {
    const { organizationId } = await server().newOrganization();
    expect(await list(organizationId)).toEqual({
      endpoints: [],
      secret: undefined,
    });
    const first = await register(organizationId, receiver().url('/1'));
    server().clock.advance(1);
    const second = await register(organizationId, receiver().url('/2'));
    expect(second.secret).toBe(first.secret);
    expect(await list(organizationId)).toEqual({
      endpoints: [first.endpoint, second.endpoint],
      secret: first.secret,
    });
    expect(first.endpoint).toMatchObject({
      profile: 'cobalt',
      schedule: 'standard',
      eventTypes: claimsEventTypeNames,
    });
    await publish(server(), organizationId, { type: 'claim.failed' });
    await publish(server(), organizationId, { type: 'prior_auth.authorization.created' });
    await deliverDue(server());
    expect(
      receiver()
        .received()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['/1', '/2']);
  });

  test('are registered once for a URL', async () => {
    const { organizationId } = await server().newOrganization();
    const url = receiver().url('/same');
    const once = await register(organizationId, url);
    const again = await register(organizationId, url);
    expect(again).toEqual(once);
  });

  test('are the only ones that are listed and removed there', async () => {
    const client = await server().newOrganization();
    const stranger = await server().newOrganization();
    const standard = await createEndpoint(client, { url: receiver().url('/standard') });
    const { endpoint } = await register(client.organizationId, receiver().url('/c'));
    const notFound = { code: 'webhook_endpoint_not_found' };
    await expect(remove(client.organizationId, standard.id)).rejects.toMatchObject(notFound);
    await expect(remove(stranger.organizationId, endpoint.id)).rejects.toMatchObject(notFound);
    await remove(client.organizationId, endpoint.id);
    await expect(remove(client.organizationId, endpoint.id)).rejects.toMatchObject(notFound);
    expect((await list(client.organizationId)).endpoints).toEqual([]);
  });

  test('refuse a URL that may not be called', async () => {
    const { organizationId } = await server().newOrganization();
    const registering = register(organizationId, 'http://169.254.169.254/');
    await expect(registering).rejects.toMatchObject({ code: 'validation_error', issues: [{ field: 'url' }] });
  });
});

describe('the events of an account', () => {
  const page: AccountEventPage = { number: 1, size: 50, sort: 'newest_first' };
  const listEvents = (
    organizationId: string,
    filter: AccountEventFilter = {},
    at: Partial<AccountEventPage> = {},
  ) =>
    asOrganization(organizationId, () =>
      listAccountEvents(server().app.webhooks, organizationId, 'acc_1', filter, { ...page, ...at }),
    );

  test('are there without any endpoint, and of this account and organization alone', async () => {
    const { organizationId } = await server().newOrganization();
    const stranger = await server().newOrganization();
    const id = await publish(server(), organizationId, { accountId: 'acc_1', jobId: 10_001 });
    await publish(server(), organizationId, { accountId: 'acc_2' });
    await publish(server(), organizationId);
    await publish(server(), stranger.organizationId, { accountId: 'acc_1' });
    expect(await listEvents(organizationId)).toEqual({
      totalCount: 1,
      events: [
        {
          id,
          type: 'claim.created',
          jobId: 10_001,
          body: expect.objectContaining({ id, object: 'event' }),
          occurredAt: server().clock.now(),
          delivery: {
            status: 'none',
            url: undefined,
            attemptCount: 0,
            lastAttemptAt: undefined,
            lastStatusCode: undefined,
          },
        },
      ],
    });
  });

  test('tell how far their delivery has come, by the endpoint that got furthest', async () => {
    const { organizationId } = await server().newOrganization();
    const accountId = 'acc_1';
    receiver().answer('/bad', { status: 404 });
    receiver().answer('/late', { status: 500 }, { status: 200 });
    const add = (path: string, body: object = {}) =>
      register(organizationId, receiver().url(path)).then(({ endpoint }) =>
        server().database.execute(
          'update webhook_endpoint set schedule = $2, event_types = $3 where id = $1',
          [
            endpoint.id,
            'schedule' in body ? body.schedule : 'standard',
            'eventTypes' in body ? body.eventTypes : null,
          ],
        ),
      );
    await add('/bad', { schedule: 'vendor' });
    await publish(server(), organizationId, { accountId, type: 'claim.failed', jobId: 1 });
    await deliverDue(server());
    const failed = (await listEvents(organizationId)).events[0];
    expect(failed?.delivery).toEqual({
      status: 'failed',
      url: receiver().url('/bad'),
      attemptCount: 1,
      lastAttemptAt: server().clock.now(),
      lastStatusCode: 404,
    });
    await add('/late');
    await publish(server(), organizationId, { accountId, type: 'claim.created', jobId: 2 });
    await deliverDue(server());
    expect((await listEvents(organizationId, { jobId: 2 })).events[0]?.delivery).toMatchObject({
      status: 'pending',
      url: receiver().url('/late'),
      lastStatusCode: 500,
    });
    server().clock.advance(6_000);
    await deliverDue(server());
    expect((await listEvents(organizationId, { jobId: 2 })).events[0]?.delivery).toMatchObject({
      status: 'succeeded',
      attemptCount: 2,
      lastStatusCode: 200,
    });
    const idsOf = async (filter: AccountEventFilter) =>
      (await listEvents(organizationId, filter)).events.map(({ jobId }) => jobId);
    expect(await idsOf({ deliveryStatus: 'succeeded' })).toEqual([2]);
    expect(await idsOf({ deliveryStatus: 'failed' })).toEqual([1]);
    expect(await idsOf({ deliveryStatus: 'pending' })).toEqual([]);
    expect(await idsOf({ type: 'claim.failed' })).toEqual([1]);
    expect(await idsOf({ type: 'claim.none' })).toEqual([]);
  });

  test('come in pages with their number, newest or oldest first, and in a range of time', async () => {
    const { organizationId } = await server().newOrganization();
    const start = server().clock.now();
    for (let jobId = 1; jobId <= 5; jobId += 1) {
      await publish(server(), organizationId, { accountId: 'acc_1', jobId });
      server().clock.advance(1_000);
    }
    const jobs = async (filter: AccountEventFilter, at: Partial<AccountEventPage>) => {
      const { events, totalCount } = await listEvents(organizationId, filter, at);
      return [events.map(({ jobId }) => jobId), totalCount];
    };
    expect(await jobs({}, { size: 2 })).toEqual([[5, 4], 5]);
    expect(await jobs({}, { size: 2, number: 3 })).toEqual([[1], 5]);
    expect(await jobs({}, { size: 2, number: 4 })).toEqual([[], 5]);
    expect(await jobs({}, { size: 2, sort: 'oldest_first' })).toEqual([[1, 2], 5]);
    const second = (count: number) => new Date(start.getTime() + count * 1_000);
    expect(await jobs({ from: second(1), to: second(3) }, {})).toEqual([[3, 2], 2]);
    expect(await jobs({ jobId: 9 }, {})).toEqual([[], 0]);
  });
});
