import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test, vi } from 'vitest';
import { asSystem } from '../../../src/platform/database/database-scope.ts';
import { rotateCobaltSecret } from '../../../src/webhooks/cobalt-endpoints.ts';
import type { ApiClient } from '../../support/api/api-client.ts';
import { succeed } from '../../support/api/sample-case.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ReceivedRequest, useReceiver } from '../../support/webhooks/receiver.ts';
import { createEndpoint, deliverDue, endpointsPath, publish } from '../../support/webhooks/webhook-tenant.ts';

const hour = 3_600_000;
const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

async function rotate(client: ApiClient, id: string, body?: object): Promise<string> {
  return succeed(await client.call('POST', `${endpointsPath}/${id}/rotate-secret`, body)).secret;
}

/** What a new event is sent with. */
async function nextRequest(client: ApiClient, path: string): Promise<ReceivedRequest> {
  await publish(server(), client.organizationId);
  await deliverDue(server());
  const request = receiver().received(path).at(-1);
  if (request === undefined) throw new Error('Nothing came.');
  return request;
}

/** Which of the secrets a receiver may hold to accept a request. */
function accepted(secrets: readonly string[], { headers, body }: ReceivedRequest): readonly boolean[] {
  const now = vi.spyOn(Date, 'now').mockReturnValue(server().clock.now().getTime());
  try {
    return secrets.map((secret) => {
      try {
        // The receiver's headers are single texts here.
        new Webhook(secret).verify(body, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    });
  } finally {
    now.mockRestore();
  }
}

describe('a `standard` endpoint’s rotation', () => {
  test('has the old and the new secret sign for 24 hours, then the new one alone', async () => {
    const client = await server().newOrganization();
    const { id, secret: old } = await createEndpoint(client, { url: receiver().url('/a') });
    const renewed = await rotate(client, id);
    expect(renewed).toMatch(/^whsec_/);
    expect(renewed).not.toBe(old);
    server().clock.advance(24 * hour - 1);
    const during = await nextRequest(client, '/a');
    expect(String(during.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(accepted([renewed, old], during)).toEqual([true, true]);
    server().clock.advance(1);
    const after = await nextRequest(client, '/a');
    expect(String(after.headers['webhook-signature']).split(' ')).toHaveLength(1);
    expect(accepted([renewed, old], after)).toEqual([true, false]);
    await server().app.jobs.sweep();
    const rows = await server().database.query('select id from webhook_secret where organization_id = $1', [
      client.organizationId,
    ]);
    expect(rows).toHaveLength(1);
  });

  test('ends the old secrets at once when that is asked for', async () => {
    const client = await server().newOrganization();
    const { id, secret: first } = await createEndpoint(client, { url: receiver().url('/b') });
    const second = await rotate(client, id, {});
    const third = await rotate(client, id, { overlapHours: 0 });
    expect(accepted([third, second, first], await nextRequest(client, '/b'))).toEqual([true, false, false]);
  });

  test('leaves a few secrets at most, however often it is made', async () => {
    const client = await server().newOrganization();
    const { id, secret } = await createEndpoint(client, { url: receiver().url('/c') });
    const secrets = [secret];
    for (let count = 0; count < 8; count += 1) secrets.unshift(await rotate(client, id));
    const all = accepted(secrets, await nextRequest(client, '/c'));
    expect(all).toEqual([true, true, true, true, true, false, false, false, false]);
  });

  test('touches no other endpoint', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url('/d') });
    const other = await createEndpoint(client, { url: receiver().url('/e') });
    await rotate(client, id);
    await nextRequest(client, '/d');
    const [request] = receiver().received('/e');
    if (request === undefined) throw new Error('Nothing came.');
    expect(accepted([other.secret], request)).toEqual([true]);
    expect(String(request.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });

  test.each([[{ overlapHours: 25 }], [{ overlapHours: -1 }], [{ overlapHours: 1.5 }], [{ secret: 'x' }]])(
    'refuses %j',
    async (body) => {
      const client = await server().newOrganization();
      const { id } = await createEndpoint(client, { url: receiver().url('/f') });
      const answer = await client.call('POST', `${endpointsPath}/${id}/rotate-secret`, body);
      expect([answer.status, answer.body.code]).toEqual([400, 'validation_error']);
    },
  );
});

describe('the rotation of the secret `cobalt` endpoints share', () => {
  const signature = (secret: string, { body }: ReceivedRequest) =>
    createHmac('sha256', secret).update(body).digest('hex');

  test.each(['by one of the endpoints', 'by the organization'])(
    '%s has the new one sign for all, and the old one beside it for 24 hours',
    async (way) => {
      const client = await server().newOrganization();
      const body = { profile: 'cobalt' };
      const { id, secret: old } = await createEndpoint(client, { url: receiver().url('/one'), ...body });
      const other = await createEndpoint(client, { url: receiver().url('/two'), ...body });
      expect(other.secret).toBe(old);
      const { webhooks } = server().app;
      const renewed = way.includes('endpoints')
        ? await rotate(client, id)
        : (await asSystem(() => rotateCobaltSecret(webhooks, client.organizationId))).secret;
      expect(renewed).not.toBe(old);
      await nextRequest(client, '/one');
      for (const request of receiver().received()) {
        expect(request.headers).toMatchObject({
          'cobalt-verification': signature(renewed, request),
          'cobalt-verification-previous': signature(old, request),
        });
      }
      expect(receiver().received()).toHaveLength(2);
      server().clock.advance(24 * hour);
      const after = await nextRequest(client, '/two');
      expect(after.headers['cobalt-verification']).toBe(signature(renewed, after));
      expect(after.headers).not.toHaveProperty('cobalt-verification-previous');
    },
  );
});

describe('a secret that does not open', () => {
  test('has the delivery wait without an attempt, and is the server’s trouble, not the endpoint’s', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url('/sealed') });
    const { database } = server();
    await database.execute(
      `update webhook_secret set sealed = sealed || '\\x00'::bytea where organization_id = $1`,
      [client.organizationId],
    );
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect(receiver().received('/sealed')).toEqual([]);
    const { data } = succeed(await client.call('GET', `${endpointsPath}/${id}/deliveries`));
    expect(data).toMatchObject([{ status: 'pending', attemptCount: 0, attempts: [] }]);
    expect((await client.call('GET', `${endpointsPath}/${id}`)).body.failingSince).toBeNull();
    expect(server().logged()).toContain('SealedValueError');
    await database.execute(
      `update webhook_secret set sealed = substring(sealed for length(sealed) - 1) where organization_id = $1`,
      [client.organizationId],
    );
    server().clock.advance(5 * 60_000);
    await deliverDue(server());
    expect(receiver().received('/sealed')).toHaveLength(1);
  });
});
