import { describe, expect, test } from 'vitest';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { leaseDeliveries, recordAttempt } from '../../src/webhooks/delivery-queries.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { holdRow } from '../support/databases/held-row.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';
import { organizationKeys } from '../support/encryption/opened-rows.ts';
import { useReceiver } from '../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  endpointsPath,
  listDeliveries,
  publish,
  readEndpoint,
} from '../support/webhooks/webhook-tenant.ts';

const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

/** What needs two connections. */
describe.runIf(testDatabaseEngine() === 'postgres')('on PostgreSQL', () => {
  test.each(['failed', 'succeeded'] as const)(
    'an attempt that %s holds nothing while it waits for its endpoint',
    async (status) => {
      const client = await server().newOrganization();
      const { organizationId } = client;
      const { id: endpointId } = await createEndpoint(client, { url: receiver().url() });
      await publish(server(), organizationId);
      const { database } = server();
      const now = server().clock.now();
      // A success has nothing to wait for at an endpoint that works.
      await database.execute('update webhook_endpoint set failing_since = $2 where id = $1', [
        endpointId,
        now,
      ]);
      const keys = await organizationKeys(server(), organizationId);
      const lease = { now, limit: 1, leaseSeconds: 60, evenIfFailing: true };
      const [delivery] = await asOrganization(organizationId, () =>
        leaseDeliveries(server().app.database, organizationId, endpointId, lease),
      );
      if (delivery === undefined) throw new Error('There is something due.');
      const statusCode = status === 'failed' ? 410 : 200;
      const made = { number: 1, attemptedAt: now, durationMs: 1, statusCode, error: undefined };
      const attempt = { ...made, responseExcerpt: undefined };

      const endpoint = await holdRow(database, 'webhook_endpoint', endpointId);
      const recording = asOrganization(organizationId, () =>
        recordAttempt(server().app.database, keys, delivery, attempt, { status }),
      );
      await endpoint.awaited();
      const free = 'select id from webhook_delivery where id = $1 for update skip locked';
      expect(await database.query(free, [delivery.id])).toEqual([{ id: delivery.id }]);
      await endpoint.release();
      expect(await recording).toMatchObject({ isJudged: true });
    },
  );

  test('a rotation finds nothing when the endpoint is removed while it waits', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url() });
    const { database } = server();
    const organization = await holdRow(database, 'organization', client.organizationId);
    const rotating = client.call('POST', `${endpointsPath}/${id}/rotate-secret`);
    await organization.awaited();
    const remove = 'update webhook_endpoint set deleted_at = now() where id = $1';
    await organization.release(remove, [id]);
    expect(await rotating).toMatchObject({ status: 404, body: { code: 'webhook_endpoint_not_found' } });
    const secrets = 'select id from webhook_secret where organization_id = $1';
    expect(await database.query(secrets, [client.organizationId])).toHaveLength(1);
  });

  test('a removal waits for what else is done to the organization’s endpoints', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url() });
    const organization = await holdRow(server().database, 'organization', client.organizationId);
    const removing = client.call('DELETE', `${endpointsPath}/${id}`);
    await organization.awaited();
    await organization.release();
    expect((await removing).status).toBe(204);
  });

  test('attempts that are all answered 410 turn their endpoint off together', async () => {
    const client = await server().newOrganization();
    const path = `/in/${client.organizationId}`;
    const release = Promise.withResolvers<void>();
    receiver().answer(path, { status: 410, after: release.promise });
    const { id } = await createEndpoint(client, { url: receiver().url(path) });
    for (let count = 0; count < 6; count += 1) await publish(server(), client.organizationId);
    const delivering = deliverDue(server());
    await expect.poll(() => receiver().received(path).length).toBe(4);
    release.resolve();
    await delivering;
    expect(await readEndpoint(client, id)).toMatchObject({ status: 'disabled', disabledReason: 'gone' });
    const statuses = (await listDeliveries(client, id)).map(({ status }) => status).toSorted();
    expect(statuses).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled', 'failed']);
    expect(server().logged()).not.toContain('a webhook could not be sent');
  });
});
