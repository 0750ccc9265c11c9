import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test, vi } from 'vitest';
import { publishEvent } from '../../../src/webhooks/publish-events.ts';
import { listEvents } from '../../support/api/case-record.ts';
import { createCaseInState } from '../../support/api/sample-case.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { organizationKeys } from '../../support/encryption/opened-rows.ts';
import { type ReceivedRequest, useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  listDeliveries,
  onlyDelivery,
  publish,
  readEndpoint,
} from '../../support/webhooks/webhook-tenant.ts';

const server = useTestServer({
  workers: false,
  settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true', PRECERT_SUBMIT_WAIT_MS: '0' },
});
const receiver = useReceiver();

/** The outside judge, at the time of the test's clock. @throws when the signature does not fit */
function judge(secret: string, { headers, body }: ReceivedRequest): unknown {
  const now = vi.spyOn(Date, 'now').mockReturnValue(server().clock.now().getTime());
  try {
    // The receiver's headers are single texts here.
    return new Webhook(secret).verify(body, headers as Record<string, string>);
  } finally {
    now.mockRestore();
  }
}

function cobaltSignature(secret: string, body: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify(JSON.parse(body)))
    .digest('hex');
}

describe('an event', () => {
  test('reaches a `standard` endpoint under a signature the reference library accepts', async () => {
    const client = await server().newOrganization();
    const endpoint = await createEndpoint(client, { url: receiver().url('/in?token=1') });
    expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const eventId = await publish(server(), client.organizationId, {
      data: { 10: 'é', 9: -0, text: '\u2028' },
    });
    await deliverDue(server());
    const [request, ...others] = receiver().received();
    if (request === undefined) throw new Error('Nothing came.');
    expect(others).toEqual([]);
    expect(request).toMatchObject({ method: 'POST', path: '/in?token=1' });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': eventId,
      'webhook-timestamp': String(server().clock.now().getTime() / 1_000),
    });
    expect(judge(endpoint.secret, request)).toEqual({
      id: eventId,
      object: 'event',
      created: '2026-03-13T17:00:00.000Z',
      type: 'claim.created',
      data: { 9: 0, 10: 'é', text: '\u2028' },
    });
    expect(() => judge(endpoint.secret, { ...request, body: `${request.body} ` })).toThrow();
    expect(await onlyDelivery(client, endpoint.id)).toMatchObject({
      eventId,
      eventType: 'claim.created',
      status: 'succeeded',
      cause: 'event',
      attemptCount: 1,
      nextAttemptAt: null,
      finishedAt: expect.any(String),
      attempts: [
        { number: 1, statusCode: 200, error: null, responseExcerpt: null, durationMs: expect.any(Number) },
      ],
    });
  });

  test('reaches a `cobalt` endpoint with the vendor’s headers, signed over the body as a receiver writes it', async () => {
    const client = await server().newOrganization();
    const endpoint = await createEndpoint(client, { url: receiver().url(), profile: 'cobalt' });
    expect(endpoint.secret).toMatch(/^[0-9a-f]{64}$/);
    const eventId = await publish(server(), client.organizationId, { data: { 2: 'b', 1: 1e21 } });
    server().clock.advance(60_000);
    receiver().answer('/', { status: 500 }, { status: 200 });
    await deliverDue(server());
    server().clock.advance(6_000);
    await deliverDue(server());
    expect(
      receiver()
        .received()
        .map(({ headers }) => headers['webhook-attempt']),
    ).toEqual(['1', '2']);
    for (const { headers, body } of receiver().received()) {
      expect(headers).toMatchObject({
        'cobalt-verification': cobaltSignature(endpoint.secret, body),
        'webhook-id': eventId,
        'webhook-timestamp': '2026-03-13T17:00:00.000Z',
      });
      expect(headers).not.toHaveProperty('webhook-signature');
      expect(JSON.stringify(JSON.parse(body))).toBe(body);
    }
  });

  test('goes to every endpoint that asked for its type, and to no other', async () => {
    const client = await server().newOrganization();
    const stranger = await server().newOrganization();
    await createEndpoint(client, { url: receiver().url('/all') });
    await createEndpoint(client, { url: receiver().url('/failed'), eventTypes: ['claim.failed'] });
    await createEndpoint(client, {
      url: receiver().url('/both'),
      eventTypes: ['claim.failed', 'claim.created'],
    });
    await createEndpoint(stranger, { url: receiver().url('/stranger') });
    await publish(server(), client.organizationId, { type: 'claim.created' });
    await deliverDue(server());
    expect(
      receiver()
        .received()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['/all', '/both']);
  });

  test('that was rolled back is told to nobody', async () => {
    const client = await server().newOrganization();
    const endpoint = await createEndpoint(client, { url: receiver().url() });
    const { database } = server();
    const keys = await organizationKeys(server(), client.organizationId);
    const undone = database.transaction(async (transaction) => {
      await publishEvent(transaction, server().app.webhooks, keys, {
        id: 'evt_undone',
        type: 'claim.created',
        body: { id: 'evt_undone' },
        occurredAt: server().clock.now(),
      });
      throw new Error('thought better of it');
    });
    await expect(undone).rejects.toThrow('thought better of it');
    await deliverDue(server());
    expect(receiver().received()).toEqual([]);
    expect(await listDeliveries(client, endpoint.id)).toEqual([]);
  });
});

describe('events of a prior authorization', () => {
  test('are told with ids and states, each once, under the ids the list of events shows', async () => {
    const client = await server().newOrganization();
    const endpoint = await createEndpoint(client, { url: receiver().url() });
    const { id } = await createCaseInState(client, 'ready_to_submit');
    await client.call('POST', `/v1/prior-auth/authorizations/${id}/submit`);
    await server().app.jobs.drain();
    await deliverDue(server());
    const events = await listEvents(client, id);
    expect(events.length).toBeGreaterThan(5);
    const told = receiver()
      .received()
      .map((request) => judge(endpoint.secret, request))
      .map((body) => body as { id: string; data: { sequence: number } })
      .toSorted((one, other) => one.data.sequence - other.data.sequence);
    expect(told).toEqual(
      events.map(({ id: eventId, type, sequence, timestamp }) => ({
        id: eventId,
        object: 'event',
        created: timestamp,
        type,
        data: {
          authorizationId: id,
          sequence,
          workflowState: expect.any(String),
          decisionState: expect.any(String),
          version: expect.any(Number),
        },
      })),
    );
    expect(told.at(-1)).toMatchObject({ data: { workflowState: 'pending_payer', decisionState: 'pending' } });
  });

  test('are narrowed to the types an endpoint asked for', async () => {
    const client = await server().newOrganization();
    await createEndpoint(client, {
      url: receiver().url(),
      eventTypes: ['prior_auth.authorization.created'],
    });
    await createCaseInState(client, 'ready_to_submit');
    await deliverDue(server());
    expect(
      receiver()
        .received()
        .map(({ body }) => JSON.parse(body).type),
    ).toEqual(['prior_auth.authorization.created']);
  });

  test('are kept for a replay while the only endpoint is off, and not at all where there is none', async () => {
    const silent = await server().newOrganization();
    await createCaseInState(silent, 'needs_input');
    const client = await server().newOrganization();
    const endpoint = await createEndpoint(client, { url: receiver().url() });
    receiver().answer('/', { status: 410 });
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect(await readEndpoint(client, endpoint.id)).toMatchObject({ status: 'disabled' });
    await createCaseInState(client, 'needs_input');
    const rows = await server().database.query<{ organizationId: string; type: string }>(
      'select organization_id as "organizationId", type from webhook_event where organization_id = any($1)',
      [[silent.organizationId, client.organizationId]],
    );
    expect(rows).toContainEqual({
      organizationId: client.organizationId,
      type: 'prior_auth.authorization.created',
    });
    expect(rows.filter(({ organizationId }) => organizationId === silent.organizationId)).toEqual([]);
    expect(await onlyDelivery(client, endpoint.id)).toMatchObject({ eventType: 'claim.created' });
  });
});
