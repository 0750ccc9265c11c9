import { describe, expect, test } from 'vitest';
import { webhookEventTypes } from '../../../src/webhooks/event-types.ts';
import { succeed } from '../../support/api/sample-case.ts';
import { jobTableText } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { useReceiver } from '../../support/webhooks/receiver.ts';
import {
  createEndpoint,
  deliverDue,
  endpointsPath,
  listDeliveries,
  publish,
  readEndpoint,
} from '../../support/webhooks/webhook-tenant.ts';

const server = useTestServer({ workers: false, settings: { PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' } });
const receiver = useReceiver();

describe('a webhook endpoint', () => {
  test('is created with defaults, shows its secret once and is read without it', async () => {
    const client = await server().newOrganization();
    const { secret, ...endpoint } = await createEndpoint(client, { url: receiver().url('/in') });
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^whe_/),
      url: receiver().url('/in'),
      profile: 'standard',
      schedule: 'standard',
      eventTypes: null,
      description: null,
      status: 'enabled',
      disabledReason: null,
      failingSince: null,
      createdAt: '2026-03-13T17:00:00.000Z',
      updatedAt: '2026-03-13T17:00:00.000Z',
    });
    expect(await readEndpoint(client, endpoint.id)).toEqual(endpoint);
    const listed = succeed(await client.call('GET', endpointsPath));
    expect(listed).toEqual({ data: [endpoint], pagination: { hasMore: false, nextCursor: null } });
    expect(JSON.stringify(listed)).not.toContain(secret);
  });

  test('is changed field by field, and what is not named stays', async () => {
    const client = await server().newOrganization();
    const { secret: _secret, ...before } = await createEndpoint(client, {
      url: receiver().url('/in'),
      eventTypes: ['claim.created'],
      description: 'Front desk',
    });
    const path = `${endpointsPath}/${before.id}`;
    server().clock.advance(1_000);
    const updatedAt = server().clock.now().toISOString();
    expect(succeed(await client.call('PATCH', path, {}))).toEqual({ ...before, updatedAt });
    const changes = { url: receiver().url('/new'), eventTypes: null, schedule: 'vendor', description: null };
    expect(succeed(await client.call('PATCH', path, changes))).toEqual({ ...before, ...changes, updatedAt });
    const again = { eventTypes: ['claim.failed', 'claim.created'], description: '' };
    expect(succeed(await client.call('PATCH', path, again))).toEqual({
      ...before,
      ...changes,
      ...again,
      updatedAt,
    });
  });

  test('has what is still to be delivered sent to its new URL, which has not failed yet', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url('/old') });
    receiver().answer('/old', { status: 500 });
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect((await readEndpoint(client, id)).failingSince).not.toBeNull();
    const changed = await client.call('PATCH', `${endpointsPath}/${id}`, { url: receiver().url('/new') });
    expect(changed.body.failingSince).toBeNull();
    server().clock.advance(6_000);
    await deliverDue(server());
    expect(receiver().received('/new')).toHaveLength(1);
  });

  test('is gone when it is deleted: unread, unlisted, without deliveries and without a secret', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url('/gone') });
    const kept = await createEndpoint(client, { url: receiver().url('/kept') });
    await publish(server(), client.organizationId);
    const path = `${endpointsPath}/${id}`;
    const answer = await client.call('DELETE', path);
    expect([answer.status, answer.body]).toEqual([204, undefined]);
    await deliverDue(server());
    expect(receiver().received('/gone')).toEqual([]);
    expect(receiver().received('/kept')).toHaveLength(1);
    for (const again of [
      await client.call('DELETE', path),
      await client.call('GET', path),
      await client.call('PATCH', path, {}),
      await client.call('GET', `${path}/deliveries`),
      await client.call('POST', `${path}/enable`),
      await client.call('POST', `${path}/rotate-secret`),
    ]) {
      expect([again.status, again.body.code]).toEqual([404, 'webhook_endpoint_not_found']);
    }
    const listed = succeed(await client.call('GET', endpointsPath)).data;
    expect(listed.map((endpoint: { id: string }) => endpoint.id)).toEqual([kept.id]);
    const secrets = await server().database.query(
      'select id from webhook_secret where organization_id = $1 and endpoint_id = $2',
      [client.organizationId, id],
    );
    expect(secrets).toEqual([]);
    await publish(server(), client.organizationId);
    await deliverDue(server());
    expect(receiver().received('/gone')).toEqual([]);
  });

  test('is one of twenty at most, also when they are asked for at once', async () => {
    const client = await server().newOrganization();
    const body = { url: receiver().url() };
    const answers = await Promise.all(
      Array.from({ length: 23 }, () => client.call('POST', endpointsPath, body)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body: { code } }) => [status, code])).toEqual(
      Array.from({ length: 3 }, () => [409, 'webhook_endpoint_limit_reached']),
    );
    const { data } = succeed(await client.call('GET', `${endpointsPath}?limit=100`));
    expect(data).toHaveLength(20);
    await client.call('DELETE', `${endpointsPath}/${data[0].id}`);
    expect((await client.call('POST', endpointsPath, body)).status).toBe(201);
  });

  test('is listed in pages, oldest first', async () => {
    const client = await server().newOrganization();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.push((await createEndpoint(client, { url: receiver().url() })).id);
    const seen: string[] = [];
    let query = '?limit=2';
    for (let pages = 0; pages < 3; pages += 1) {
      const page = succeed(await client.call('GET', `${endpointsPath}${query}`));
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      query = `?limit=2&cursor=${page.pagination.nextCursor}`;
      expect(page.pagination.hasMore).toBe(pages < 2);
    }
    expect(seen).toEqual(ids);
  });

  test.each([
    [
      'an unknown event type',
      { eventTypes: ['claim.created', 'claim.gone'] },
      'eventTypes[1]',
      'invalid_enum',
    ],
    ['no event type', { eventTypes: [] }, 'eventTypes', 'too_small'],
    [
      'an event type twice',
      { eventTypes: ['claim.created', 'claim.created'] },
      'eventTypes',
      'invalid_format',
    ],
    ['an unknown profile', { profile: 'stripe' }, 'profile', 'invalid_enum'],
    ['an unknown schedule', { schedule: 'never' }, 'schedule', 'invalid_enum'],
    ['a secret of one’s own', { secret: 'whsec_x' }, 'secret', 'unrecognized_keys'],
    ['a URL with a password', { url: 'https://a:b@clinic.example/' }, 'url', 'webhook_url_refused'],
    ['a URL that is none', { url: 'clinic' }, 'url', 'webhook_url_refused'],
    ['a metadata address', { url: 'http://169.254.169.254/' }, 'url', 'webhook_url_refused'],
    ['a name that leads nowhere', { url: 'https://nowhere.invalid/' }, 'url', 'webhook_url_refused'],
    ['2,049 characters', { url: `https://clinic.example/${'x'.repeat(2_026)}` }, 'url', 'too_big'],
  ])('with %s is refused', async (_name, change, field, code) => {
    const client = await server().newOrganization();
    const answer = await client.call('POST', endpointsPath, { url: receiver().url(), ...change });
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_error']);
    expect(answer.body.issues).toContainEqual({ field, code, message: expect.stringMatching(/\.$/) });
    expect(succeed(await client.call('GET', endpointsPath)).data).toEqual([]);
  });

  test('with an unknown event type is told all there are', async () => {
    const client = await server().newOrganization();
    const { body } = await client.call('POST', endpointsPath, { url: receiver().url(), eventTypes: ['x'] });
    expect(body.issues[0].message).toBe(`Expected one of: ${webhookEventTypes.join(', ')}.`);
    const { id } = await createEndpoint(client, { url: receiver().url() });
    const filtered = await client.call('GET', `${endpointsPath}/${id}/deliveries?eventType=x`);
    expect(filtered.body.issues[0].message).toBe(body.issues[0].message);
  });
});

describe('deliveries', () => {
  test('are listed newest first, in pages, and narrowed by status and type', async () => {
    const client = await server().newOrganization();
    const { id } = await createEndpoint(client, { url: receiver().url('/list') });
    receiver().answer('/list', { status: 500 }, { status: 200 });
    const types = ['claim.failed', 'claim.created', 'patient.created', 'claim.created'] as const;
    const eventIds: string[] = [];
    for (const type of types) {
      eventIds.unshift(await publish(server(), client.organizationId, { type }));
      await deliverDue(server());
      server().clock.advance(1);
    }
    const path = `${endpointsPath}/${id}/deliveries`;
    const first = succeed(await client.call('GET', `${path}?limit=3`));
    const rest = succeed(await client.call('GET', `${path}?limit=3&cursor=${first.pagination.nextCursor}`));
    const ids = [...first.data, ...rest.data].map(({ eventId }: { eventId: string }) => eventId);
    expect(ids).toEqual(eventIds);
    expect(await listDeliveries(client, id, '&status=pending')).toMatchObject([
      { eventType: 'claim.failed' },
    ]);
    expect(await listDeliveries(client, id, '&eventType=claim.created')).toHaveLength(2);
    expect(await listDeliveries(client, id, '&eventType=claim.created&status=failed')).toEqual([]);
    const cursor = first.pagination.nextCursor;
    const other = await client.call('GET', `${path}?limit=3&status=pending&cursor=${cursor}`);
    expect(other.body.code).toBe('invalid_cursor');
  });
});

describe('a secret', () => {
  test('stands in no table, no job and no log line in the open', async () => {
    const client = await server().newOrganization();
    const standard = await createEndpoint(client, { url: receiver().url('/a?token=hidden') });
    const cobalt = await createEndpoint(client, { url: receiver().url('/b'), profile: 'cobalt' });
    receiver().answer('/b', { status: 500 });
    const rotated = succeed(await client.call('POST', `${endpointsPath}/${standard.id}/rotate-secret`));
    await publish(server(), client.organizationId);
    await deliverDue(server());
    const secrets = [standard.secret, cobalt.secret, rotated.secret];
    const { database } = server();
    const rows = await database.query<{ sealed: Buffer }>(
      'select sealed from webhook_secret where organization_id = $1',
      [client.organizationId],
    );
    expect(rows).toHaveLength(3);
    const jobs = await jobTableText(database);
    expect(jobs).toContain('deliver-webhooks');
    for (const secret of secrets) {
      const raw = Buffer.from(secret.replace('whsec_', ''), secret.startsWith('whsec_') ? 'base64' : 'hex');
      const texts = rows.map(({ sealed }) => sealed);
      expect(texts.filter((bytes) => bytes.includes(secret) || bytes.includes(raw))).toEqual([]);
      expect(jobs + server().logged()).not.toContain(secret);
    }
    // Neither does what is told: a URL may hold a token, a body may name a patient.
    expect(jobs + server().logged()).not.toMatch(/token=hidden|claim_id/);
  });
});
