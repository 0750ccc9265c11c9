import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, buildApp } from '../../src/app.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { MasterKeyError } from '../../src/platform/encryption/key-provider.ts';
import { formatMasterKey } from '../../src/platform/encryption/master-key.ts';
import { rewrapDataKeys } from '../../src/platform/encryption/rewrap-data-keys.ts';
import type { ApiClient } from '../support/api/api-client.ts';
import { authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { readTestConfig, testMasterKey, useTestServer } from '../support/api/test-server.ts';
import { type KeyService, startKeyService } from '../support/encryption/key-service.ts';

const newKey = (id: string) => formatMasterKey({ id, bytes: randomBytes(32) });

/** Another start on the same database and files, with other settings; it listens to nothing. */
async function startWith(
  server: ReturnType<ReturnType<typeof useTestServer>>,
  settings: Readonly<Record<string, string>>,
): Promise<App> {
  const { config, secrets } = readTestConfig(server.dataDirectory, settings);
  const { database, logger } = server.app;
  return buildApp(config, secrets, { database, logger, clock: server.clock });
}

describe('a master key', () => {
  const server = useTestServer();
  let client: ApiClient;
  let id: string;
  beforeAll(async () => {
    client = await server().newOrganization();
    id = (await createCase(client)).id;
  });

  const wrappingKeys = () =>
    server().database.query<{ key: string }>('select distinct master_key as key from data_key order by 1');

  test('that is not the right one keeps the server from starting, and says which', async () => {
    const wrong = startWith(server(), { PRECERT_MASTER_KEY: newKey('test') });
    await expect(wrong).rejects.toBeInstanceOf(MasterKeyError);
    await expect(wrong).rejects.toThrow('The master key `test` is not the one');
  });

  test('that is missing keeps the server from starting, and says where to put it', async () => {
    const missing = startWith(server(), { PRECERT_MASTER_KEY: newKey('other') });
    await expect(missing).rejects.toThrow(
      /wrapped with the master key `test`, which this process does not have\. Add it to PRECERT_MASTER_KEY/,
    );
  });

  test('is replaced by another while both are at hand, then needed no more', async () => {
    const replacement = newKey('next');
    const app = await startWith(server(), { PRECERT_MASTER_KEY: `${replacement}\n${testMasterKey}` });
    const { database, ring } = app.encryption;
    const before = await server().database.query('select wrapped from data_key order by 1');
    expect(await asSystem(() => rewrapDataKeys(database, ring))).toBe(2);
    expect(await asSystem(() => rewrapDataKeys(database, ring))).toBe(0);
    expect(await wrappingKeys()).toEqual([{ key: 'next' }]);
    expect(await server().database.query('select wrapped from data_key order by 1')).not.toEqual(before);

    const without = await startWith(server(), { PRECERT_MASTER_KEY: replacement });
    const path = `${authorizationsPath}/${id}`;
    const headers = { authorization: `Bearer ${client.bearerToken}` };
    expect((await without.http.inject({ method: 'GET', url: path, headers })).statusCode).toBe(200);
    await Promise.all([app, without].map((started) => started.http.close()));

    // This server has only the former key: what it has unwrapped is good for four minutes more, then it is unavailable.
    succeed(await client.call('GET', path));
    server().clock.advance(5 * 60_000);
    const answer = await client.call('GET', path);
    expect([answer.status, answer.body.code]).toEqual([503, 'service_unavailable']);
    expect(server().logged()).toContain('a master key cannot be used');
  });
});

describe('a master key in AWS KMS', () => {
  const variables = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-central-1' };
  const former = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234';
  const settings = { PRECERT_KMS_KEY_ID: arn, PRECERT_KMS_ENDPOINT: '' };
  let service: KeyService;
  let server: () => ReturnType<ReturnType<typeof useTestServer>>;
  beforeAll(async () => {
    Object.assign(process.env, variables);
    service = await startKeyService([arn, 'alias/next']);
    settings.PRECERT_KMS_ENDPOINT = service.endpoint;
  });
  afterAll(async () => {
    for (const [name, value] of former) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await service.close();
  });
  server = useTestServer({ settings });

  const ready = async () => (await fetch(`${server().baseUrl}/ready`)).status;
  const path = (id: string) => `${authorizationsPath}/${id}`;

  test('wraps data keys, each for what it is for', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const context = (purpose: string) => ({
      'precert:organization': client.organizationId,
      'precert:purpose': purpose,
      'precert:version': '1',
    });
    expect(service.requests).toEqual([
      { operation: 'Encrypt', context: context('data') },
      { operation: 'Encrypt', context: context('index') },
      { operation: 'Decrypt', context: context('data') },
      { operation: 'Decrypt', context: context('index') },
    ]);
    succeed(await client.call('GET', path(id)));
    expect(service.requests).toHaveLength(4);
    expect(await ready()).toBe(200);
  });

  test.each(['down', 'silent', 'failing', 'throttling', 'denying'] as const)(
    'that is %s makes requests 503, not 500, and the server not ready; both mend themselves',
    async (mode) => {
      const client = await server().newOrganization();
      const { id } = await createCase(client);
      service.mode = mode;
      // What is unwrapped stays good for a while.
      succeed(await client.call('GET', path(id)));
      server().clock.advance(5 * 60_000);
      const answer = await client.call('GET', path(id));
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        503,
        'service_unavailable',
        '5',
      ]);
      const created = await (await server().newOrganization()).call('POST', authorizationsPath, {});
      expect(created.status).toBe(400);
      expect(await ready()).toBe(503);
      service.mode = 'up';
      succeed(await client.call('GET', path(id)));
      server().clock.advance(10_000);
      expect(await ready()).toBe(200);
    },
    60_000,
  );

  test('that is away at a start leaves the server waiting for it; one that refuses does not', async () => {
    service.mode = 'failing';
    const waiting = await startWith(server(), settings);
    expect((await waiting.http.inject({ method: 'GET', url: '/ready' })).statusCode).toBe(503);
    await waiting.http.close();
    service.mode = 'denying';
    await expect(startWith(server(), settings)).rejects.toThrow('AWS KMS refused (AccessDeniedException)');
    service.mode = 'up';
  }, 60_000);

  test('takes over from keys of the server’s own, and from another key of its own', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const wrappings = () =>
      server().database.query('select distinct master_key as key from data_key order by 1');
    // To a configured key first, so that there is something to take over.
    const local = newKey('local');
    const own = await startWith(server(), { ...settings, PRECERT_MASTER_KEY: local });
    const [ring] = [own.encryption.ring.find('local')];
    if (ring === undefined) throw new Error('The configured key is not at hand.');
    const localRing = { current: ring, find: (name: string) => own.encryption.ring.find(name) };
    await asSystem(() => rewrapDataKeys(own.encryption.database, localRing));
    expect(await wrappings()).toEqual([{ key: 'local' }]);
    const next = await startWith(server(), {
      ...settings,
      PRECERT_KMS_KEY_ID: 'alias/next',
      PRECERT_MASTER_KEY: local,
    });
    await asSystem(() => rewrapDataKeys(next.encryption.database, next.encryption.ring));
    expect(await wrappings()).toEqual([{ key: 'kms:alias/next' }]);
    // Back to the first key of the service, which unwraps by the name that stands beside the data key.
    const back = await startWith(server(), settings);
    await asSystem(() => rewrapDataKeys(back.encryption.database, back.encryption.ring));
    expect(await wrappings()).toEqual([{ key: `kms:${arn}` }]);
    await Promise.all([own, next, back].map(({ http }) => http.close()));
    server().clock.advance(5 * 60_000);
    succeed(await client.call('GET', path(id)));
  });
});
