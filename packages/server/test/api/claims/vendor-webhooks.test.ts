import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { documentedOperations, pathOf } from '../../support/api/documented-operations.ts';
import { tableContents } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ClaimsClient, createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import { expectClaimsError, requestClaim, taken } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';
import { type ReceivedRequest, useReceiver } from '../../support/webhooks/receiver.ts';

const emr = createScriptedEmr();
const server = useTestServer({
  overrides: { emrConnectors: () => [emr.factory] },
  settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' },
  workers: false,
});
const receiver = useReceiver();

let client: ClaimsClient;
beforeEach(async () => {
  client = await createClaimsClient(server(), emr);
});

const register = (url: string) => client.call('POST', '/v1/webhook', { webhook_url: url });

/** As the vendor's published verifier does it: over the parsed body written again. */
function isSigned({ headers, body }: ReceivedRequest, key: string): boolean {
  const text = JSON.stringify(JSON.parse(body));
  return createHmac('sha256', key).update(text).digest('hex') === headers['cobalt-verification'];
}

describe('registering a URL', () => {
  test('answers with the names of every page of the vendor', async () => {
    const url = receiver().url('/hook');
    const answer = await register(url);
    const key = answer.body.webhook_secret_key;
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        success: true,
        message: 'Webhook registered successfully',
        webhook_id: expect.stringMatching(/^whe_/),
        webhook_url: url,
        webhook_secret: key,
        webhook_secret_key: key,
        webhook: { webhook_id: answer.body.webhook_id, webhook_url: url, webhook_secret_key: key },
      },
    ]);
    const second = taken(await register(receiver().url('/other')));
    expect(second.webhook_secret_key).toBe(key);
    expect(taken(await client.call('GET', '/v1/webhook'))).toEqual({
      success: true,
      webhook_url: url,
      webhook_urls: [
        { id: answer.body.webhook_id, url },
        { id: second.webhook_id, url: receiver().url('/other') },
      ],
      webhook_secret_key: key,
    });
  });

  test('twice gives what is there already', async () => {
    const first = taken(await register(receiver().url('/hook')));
    expect(taken(await register(receiver().url('/hook')))).toEqual(first);
    expect(taken(await client.call('GET', '/v1/webhook')).webhook_urls).toHaveLength(1);
  });

  test('that was turned off has it told again', async () => {
    const url = receiver().url('/back');
    receiver().answer('/back', { status: 410 });
    const first = taken(await register(url));
    const claim = async () => {
      await requestClaim(client, await client.newAppointment());
      await workOff(server());
    };
    await claim();
    receiver().answer('/back', { status: 200 });
    const told = () => receiver().received('/back').length;
    const before = told();
    await claim();
    expect(told()).toBe(before);
    expect(taken(await register(url))).toEqual(first);
    await claim();
    expect(told()).toBeGreaterThan(before);
  });

  test('before there is one, nothing is listed', async () => {
    expect(taken(await client.call('GET', '/v1/webhook'))).toEqual({
      success: true,
      webhook_url: null,
      webhook_urls: [],
      webhook_secret_key: null,
    });
  });

  test.each([
    [{}, "'webhook_url' is required."],
    [[], "'webhook_url' is required."],
    [{ webhook_url: null }, "'webhook_url' is required."],
    [{ webhook_url: '' }, "'webhook_url' is required."],
    [{ webhook_url: 7 }, "Invalid 'webhook_url' format. Expected a string."],
    [{ webhook_url: 'no url' }, /^Invalid 'webhook_url'\. /],
    [{ webhook_url: 'ftp://clinic.example/' }, /^Invalid 'webhook_url'\. /],
    [{ webhook_url: 'https://user:word@clinic.example/' }, /^Invalid 'webhook_url'\. /],
    [{ webhook_url: 'http://169.254.169.254/latest' }, /^Invalid 'webhook_url'\. /],
    [{ webhook_url: `https://clinic.example/${'a'.repeat(3_000)}` }, /^Invalid 'webhook_url'\. /],
  ])('is refused for %j', async (body, message) => {
    const answer = await client.call('POST', '/v1/webhook', body);
    expectClaimsError(answer, 400, typeof message === 'string' ? message : expect.stringMatching(message));
    expect(taken(await client.call('GET', '/v1/webhook')).webhook_urls).toEqual([]);
  });

  test('is refused for the twenty-first', async () => {
    for (let count = 0; count < 20; count += 1) taken(await register(receiver().url(`/${count}`)));
    const answer = await register(receiver().url('/20'));
    expectClaimsError(answer, 409, expect.stringMatching(/20/));
  });
});

describe('removing a URL', () => {
  test('has it told of nothing any more', async () => {
    const { webhook_id: id } = taken(await register(receiver().url('/hook')));
    expect(taken(await client.call('DELETE', `/v1/webhook/${id}`))).toEqual({
      success: true,
      message: 'Webhook URL removed successfully',
    });
    await requestClaim(client, await client.newAppointment());
    await workOff(server());
    expect(receiver().received()).toEqual([]);
    expectClaimsError(await client.call('DELETE', `/v1/webhook/${id}`), 404, 'Webhook not found.');
  });

  test('or rotating its secret is for the organization it belongs to alone', async () => {
    const { webhook_id: id, webhook_secret: key } = taken(await register(receiver().url('/hook')));
    const stranger = await createClaimsClient(server(), emr);
    const before = await tableContents(server().database);
    for (const unknown of [id, 'whe_none']) {
      for (const answer of [
        await stranger.call('DELETE', `/v1/webhook/${unknown}`),
        await stranger.call('POST', `/v1/webhook/${unknown}/rotate-secret`),
      ]) {
        expectClaimsError(answer, 404, 'Webhook not found.');
      }
    }
    expect(taken(await stranger.call('GET', '/v1/webhook')).webhook_urls).toEqual([]);
    expect(await tableContents(server().database)).toEqual(before);
    expect(taken(await client.call('GET', '/v1/webhook')).webhook_secret_key).toBe(key);
  });
});

describe('a claim that is made', () => {
  test('is told to every URL, signed as the vendor’s verifier wants it', async () => {
    const { webhook_secret_key: key } = taken(await register(receiver().url('/one')));
    taken(await register(receiver().url('/two')));
    const { claim_id, job_id } = await requestClaim(client, await client.newAppointment());
    await workOff(server());
    for (const path of ['/one', '/two']) {
      const claims = receiver()
        .received(path)
        .filter(({ body }) => JSON.parse(body).type.startsWith('claim.'));
      expect(claims).toHaveLength(1);
      const [request] = claims;
      if (request === undefined) throw new Error('Nothing came.');
      const event = JSON.parse(request.body);
      expect(request.headers).toMatchObject({
        'webhook-id': event.id,
        'webhook-attempt': '1',
        'webhook-timestamp': expect.stringMatching(/^2026-03-13T17:00:00/),
        'cobalt-verification': expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(isSigned(request, key)).toBe(true);
      expect([event.type, event.job_id, event.data.claim_id]).toEqual([
        'claim.created',
        String(job_id),
        claim_id,
      ]);
    }
    const [item] = taken(
      await client.call('GET', `/v1/webhook-events?job_id=${job_id}&delivery_status=success`),
    ).webhook_events;
    expect(item).toMatchObject({
      delivery_status: 'success',
      status: 'success',
      delivered: true,
      delivery_attempts: 1,
      response_status_code: 200,
      webhook_url: expect.stringContaining('127.0.0.1'),
    });
  });

  test('is shown as failed or pending as its delivery stands', async () => {
    receiver().answer('/hook', { status: 500 });
    taken(await register(receiver().url('/hook')));
    const { job_id } = await requestClaim(client, await client.newAppointment());
    await workOff(server());
    const statusOf = async (query: string) =>
      taken(await client.call('GET', `/v1/webhook-events?job_id=${job_id}${query}`)).webhook_events.map(
        (event: { delivery_status: string }) => event.delivery_status,
      );
    expect(await statusOf('')).toEqual(['pending']);
    expect(await statusOf('&delivery_status=failed')).toEqual([]);
    for (let count = 0; count < 12; count += 1) {
      server().clock.advance(24 * 60 * 60 * 1_000);
      await workOff(server());
    }
    expect(await statusOf('&delivery_status=failed')).toEqual(['failed']);
    expect(await statusOf('&status=failed')).toEqual(['failed']);
  });

  test('is signed by the new secret once it was rotated, by either path', async () => {
    const { webhook_id: id, webhook_secret_key: former } = taken(await register(receiver().url('/hook')));
    for (const [path, shownId] of [
      ['/v1/webhook/rotate-secret', null],
      [`/v1/webhook/${id}/rotate-secret`, id],
    ]) {
      const answer = taken(await client.call('POST', String(path)));
      const key = answer.webhook_secret_key;
      expect(answer).toEqual({
        success: true,
        message: 'Webhook secret rotated successfully',
        webhook_secret: key,
        webhook_secret_key: key,
        webhook: { id: shownId, secret: key },
      });
      expect(key).not.toBe(former);
      await requestClaim(client, await client.newAppointment());
      await workOff(server());
      const last = receiver().received('/hook').at(-1);
      expect(last !== undefined && isSigned(last, key)).toBe(true);
    }
  });
});

describe('an id in a path', () => {
  test.each([
    ['an escaped slash', '..%2f..%2fetc'],
    ['half an escape', '%'],
    ['no UTF-8', '%ff'],
    ['a line break', '%0d%0aX: y'],
    ['an emoji', '%F0%9F%98%80'],
    ['a prototype', '__proto__'],
    ['256 letters', 'a'.repeat(256)],
    ['5,000 letters', 'a'.repeat(5_000)],
  ])('that is %s names nothing on any route, in the claims envelope', async (_name, id) => {
    const operations = await documentedOperations(client.operator);
    const withIds = operations.filter(
      ({ credentials, path }) => ['client', 'account'].includes(credentials) && path.includes('{'),
    );
    expect(withIds.length).toBeGreaterThanOrEqual(4);
    for (const operation of withIds) {
      const ids = { claim_id: id, appointment_id: id, webhook_id: id };
      const answer = await client.call(operation.method, pathOf(operation, ids));
      expect([400, 404, 405]).toContain(answer.status);
      expectClaimsError(answer, answer.status, expect.any(String));
    }
  });
});
