import { expect, test } from 'vitest';
import { sealedEvents } from '../../../src/webhooks/sealed-rows.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { organizationKeys } from '../../support/encryption/opened-rows.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  endpointsPath,
  listDeliveries,
  publish,
} from '../../support/webhooks/webhook-tenant.ts';

const day = 24 * 3_600_000;
const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

async function count(table: string, organizationId: string): Promise<number> {
  const rows = await server().database.query<{ count: number }>(
    `select count(*)::integer as count from ${table} where organization_id = $1`,
    [organizationId],
  );
  return rows[0]?.count ?? 0;
}

test('finished deliveries go after 30 days with their attempts, their events after 90', async () => {
  const client = await server().newOrganization();
  const { organizationId } = client;
  const { id } = await createEndpoint(client, { url: receiver().url() });
  await publish(server(), organizationId);
  await deliverDue(server());
  server().clock.advance(29 * day);
  await server().app.jobs.sweep();
  expect(await listDeliveries(client, id)).toHaveLength(1);
  server().clock.advance(2 * day);
  await server().app.jobs.sweep();
  expect(await count('webhook_delivery', organizationId)).toBe(0);
  expect(await count('webhook_attempt', organizationId)).toBe(0);
  expect(await count('webhook_event', organizationId)).toBe(1);
  server().clock.advance(58 * day);
  await server().app.jobs.sweep();
  expect(await count('webhook_event', organizationId)).toBe(1);
  // Sent once more on its last day, it stays as long as that is shown.
  const range = { from: '2026-03-01T00:00:00Z', to: '2026-03-31T00:00:00Z' };
  expect((await client.call('POST', `${endpointsPath}/${id}/replay`, range)).body.queued).toBe(1);
  await deliverDue(server());
  server().clock.advance(2 * day);
  await server().app.jobs.sweep();
  expect(await count('webhook_event', organizationId)).toBe(1);
  server().clock.advance(30 * day);
  await server().app.jobs.sweep();
  expect(await count('webhook_event', organizationId)).toBe(0);
});

test('a pending delivery stays however old it is, and a deleted endpoint as long as it is named', async () => {
  const client = await server().newOrganization();
  const { organizationId } = client;
  const { id } = await createEndpoint(client, { url: receiver().url() });
  await publish(server(), organizationId);
  const { database } = server();
  const later = new Date(server().clock.now().getTime() + 200 * day);
  await database.execute('update webhook_delivery set due_at = $2 where organization_id = $1', [
    organizationId,
    later,
  ]);
  server().clock.advance(100 * day);
  await server().app.jobs.sweep();
  expect(await count('webhook_event', organizationId)).toBe(1);
  await client.call('DELETE', `${endpointsPath}/${id}`);
  await server().app.jobs.sweep();
  expect(await count('webhook_endpoint', organizationId)).toBe(1);
  server().clock.advance(31 * day);
  await server().app.jobs.sweep();
  for (const table of ['webhook_event', 'webhook_delivery', 'webhook_endpoint', 'webhook_secret']) {
    expect([table, await count(table, organizationId)]).toEqual([table, 0]);
  }
});

test('a deleted endpoint goes with a secret that was left of it', async () => {
  const client = await server().newOrganization();
  const { organizationId } = client;
  const { id } = await createEndpoint(client, { url: receiver().url() });
  await server().database.execute('update webhook_endpoint set deleted_at = $2 where id = $1', [
    id,
    server().clock.now(),
  ]);
  await server().app.jobs.sweep();
  for (const table of ['webhook_endpoint', 'webhook_secret']) {
    expect([table, await count(table, organizationId)]).toEqual([table, 0]);
  }
});

test('more than one batch goes in one sweep', async () => {
  const { organizationId } = await server().newOrganization();
  const keys = await organizationKeys(server(), organizationId);
  await server().database.execute(
    `insert into webhook_event (organization_id, id, type, sealed, occurred_at)
     select $1, 'evt_old_' || n, 'claim.created', $2, timestamptz '2025-01-01' from generate_series(1, 1200) n`,
    // Nobody opens them.
    [organizationId, keys.seal(sealedEvents, ['evt_old'], '{}')],
  );
  await server().app.jobs.sweep();
  expect(await count('webhook_event', organizationId)).toBe(0);
});
