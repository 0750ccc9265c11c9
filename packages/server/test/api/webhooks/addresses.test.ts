import { expect, test } from 'vitest';
import { createOutbound } from '../../../src/platform/outbound/outbound.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  endpointsPath,
  onlyDelivery,
  publish,
} from '../../support/webhooks/webhook-tenant.ts';

/** What every name leads to at the moment. */
let addresses: readonly string[] = [];
const receiver = useReceiver();
const server = useTestServer({
  workers: false,
  overrides: {
    outbound: {
      check: (url) => outbound().check(url),
      send: (url, request) => outbound().send(url, request),
    },
  },
});

/** Strict, but for the receiver's port, so that it would hear of every mistake. */
const outbound = () =>
  createOutbound({ allowPrivate: false, ports: [443, receiver().port], resolve: async () => addresses });

test('a name that leads to a private address later is not called, and the log says why', async () => {
  const client = await server().newOrganization();
  addresses = ['93.184.215.14'];
  const url = `https://rebinding.example:${receiver().port}/`;
  const { id } = await createEndpoint(client, { url });
  await publish(server(), client.organizationId);
  addresses = ['127.0.0.1'];
  await deliverDue(server());
  expect(receiver().connections()).toBe(0);
  expect(await onlyDelivery(client, id)).toMatchObject({
    status: 'pending',
    attempts: [{ error: 'address_refused', statusCode: null }],
  });
});

test.each([
  'http://clinic.example/',
  'https://localhost/',
  'https://127.0.0.1/',
  'https://[::ffff:127.0.0.1]/',
  'https://0x7f000001/',
  'https://clinic.example:6379/',
  'https://user:password@clinic.example/',
  'https://clinic.example./',
])('%s is refused when an endpoint is created and when it is changed', async (url) => {
  const client = await server().newOrganization();
  addresses = ['93.184.215.14'];
  const { id } = await createEndpoint(client, { url: 'https://clinic.example/' });
  if (url.includes('localhost')) addresses = ['127.0.0.1'];
  for (const answer of [
    await client.call('POST', endpointsPath, { url }),
    await client.call('PATCH', `${endpointsPath}/${id}`, { url }),
  ]) {
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'validation_error', issues: [{ field: 'url', code: 'webhook_url_refused' }] },
    });
  }
  expect((await client.call('GET', `${endpointsPath}/${id}`)).body.url).toBe('https://clinic.example/');
});
