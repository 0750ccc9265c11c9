import { expect, test } from 'vitest';
import { auditRows } from '../../support/api/audit-rows.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import { createEndpoint, deliverDue, onlyDelivery, publish } from '../../support/webhooks/webhook-tenant.ts';

const server = useTestServer({
  workers: false,
  settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' },
  overrides: { random: () => 0.5 },
});
const receiver = useReceiver();

/** The entries of one event sent to one receiver, once. */
async function sent(url: string): Promise<unknown> {
  const client = await server().newOrganization();
  const { id } = await createEndpoint(client, { url });
  const eventId = await publish(server(), client.organizationId);
  await deliverDue(server());
  const delivery = await onlyDelivery(client, id);
  const rows = await auditRows(server(), `organization_id = $1 and operation = 'deliver-webhooks'`, [
    client.organizationId,
  ]);
  for (const row of rows) expect(row.resourceIds).toEqual([eventId, delivery.id, id]);
  return rows.map(({ actorKind, outcome, status, errorCode }) => ({ actorKind, outcome, status, errorCode }));
}

test('an event that a receiver took is noted', async () => {
  expect(await sent(receiver().url('/taken'))).toEqual([
    { actorKind: 'system', outcome: 'allowed', status: 200, errorCode: null },
  ]);
});

test('so is one that it answered with an error: it has read it', async () => {
  receiver().answer('/broken', { status: 500 });
  expect(await sent(receiver().url('/broken'))).toMatchObject([{ outcome: 'allowed', status: 500 }]);
});

test('and one that provably never left, as that', async () => {
  expect(await sent('http://127.0.0.1:9/nobody')).toEqual([
    { actorKind: 'system', outcome: 'failed', status: null, errorCode: 'connection_refused' },
  ]);
});
