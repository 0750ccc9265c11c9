import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { getReadyFile } from '../../src/files/get-file.ts';
import { asOrganization, asSystem } from '../../src/platform/database/database-scope.ts';
import { rotateDataKey } from '../../src/platform/encryption/rotate-data-keys.ts';
import { createVault } from '../../src/platform/encryption/vault.ts';
import { findCase } from '../../src/prior-authorization/case-queries.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, patchCase, readCase } from '../support/api/case-record.ts';
import { authorizationsPath, createCase, succeed, uploadFile } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { tellCanaryStory } from '../support/encryption/canary-story.ts';
import {
  rowsByVersion as countByVersion,
  finishRotation,
  keyVersions as listKeyVersions,
  rotate as rotateKey,
} from '../support/encryption/key-versions.ts';

const server = useTestServer();

const rotate = (client: ApiClient) => rotateKey(server(), client);
const keyVersions = (client: ApiClient) => listKeyVersions(server(), client);
const rowsByVersion = (client: ApiClient) => countByVersion(server(), client);
const finishLater = () => finishRotation(server());

/** All the API shows of cases, less the links, which expire. */
async function readAll(client: ApiClient, ids: readonly string[]): Promise<unknown> {
  const cases = await Promise.all(ids.map((id) => readCase(client, id)));
  return JSON.parse(JSON.stringify(cases, (key, value) => (key === 'downloadUrl' ? undefined : value)));
}

/** A file's bytes as the server itself reads them: a link would not outlive the clock's jumps. */
function readBytes({ organizationId }: ApiClient, fileId: string): Promise<Buffer> {
  const { files } = server().app.priorAuthorization;
  return asOrganization(organizationId, async () => {
    const { storageKey, contentKey } = await getReadyFile(files, organizationId, fileId);
    return buffer(await files.blobs.read(storageKey, contentKey));
  });
}

describe('a rotation', () => {
  test('seals every row anew, changes nothing the API shows, and lets the old key go', async () => {
    const client = await server().newOrganization();
    const ids = await tellCanaryStory(client);
    const before = await readAll(client, ids);
    const sealed = await rowsByVersion(client);
    expect(Object.keys(sealed)).toEqual(['1']);

    expect(await rotate(client)).toMatchObject({
      isNew: true,
      resealed: sealed[1],
      unreadable: 0,
      versionsLeft: [1],
    });
    expect(await rowsByVersion(client)).toEqual({ 2: sealed[1] });
    await finishLater();
    expect(await keyVersions(client)).toEqual([[2, false]]);
    expect(await readAll(client, ids)).toEqual(before);
  }, 120_000);

  test('goes on where it was left, and begins no other before it is over', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    await rotate(client);
    await server().database.execute(
      `update data_key set retired_at = null where organization_id = $1 and version = 1 and purpose = 'data'`,
      [client.organizationId],
    );
    expect(await rotate(client)).toMatchObject({ isNew: false, resealed: 0, versionsLeft: [1] });
    expect(await keyVersions(client)).toEqual([
      [1, true],
      [2, false],
    ]);
    await finishLater();
    expect(await rotate(client)).toMatchObject({ isNew: true, versionsLeft: [2] });
    succeed(await client.call('GET', `${authorizationsPath}/${id}`));
  });

  test('keeps the key of a row that does not open, and says so', async () => {
    const client = await server().newOrganization();
    const [broken, whole] = [await createCase(client), await createCase(client)];
    await server().database.execute(
      'update prior_authorization set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where id = $1',
      [broken.id],
    );
    expect(await rotate(client)).toMatchObject({ unreadable: 1 });
    await finishLater();
    expect(await keyVersions(client)).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(server().logged()).toContain('sealed rows do not open');
    succeed(await client.call('GET', `${authorizationsPath}/${whole.id}`));
  });

  test('ends beside a row whose key is gone', async () => {
    const client = await server().newOrganization();
    const fileId = await uploadFile(client);
    const { app, database } = server();
    const { organizationId } = client;
    const oldKeys = await asOrganization(organizationId, () =>
      createVault(app.encryption).keysOf(organizationId),
    );
    await rotate(client);
    await finishLater();
    // As a table without its trigger, or a restore of rows without their keys, would leave it.
    await database.execute('alter table file disable trigger require_data_key');
    await database.execute('update file set sealed = $2 where id = $1', [
      fileId,
      oldKeys.seal({ name: 'file', key: ['id'] }, [fileId], { fileName: 'lost.pdf' }),
    ]);
    await database.execute('alter table file enable trigger require_data_key');
    expect(await rotate(client)).toMatchObject({ isNew: true, unreadable: 1 });
    await finishLater();
    expect(await keyVersions(client)).toEqual([[3, false]]);
  });

  test('of one organization whose keys cannot be had holds up no other', async () => {
    const clients = [await server().newOrganization(), await server().newOrganization()];
    const [first, second] = clients.toSorted((a, b) => (a.organizationId < b.organizationId ? -1 : 1));
    if (first === undefined || second === undefined) throw new Error('Two were made.');
    for (const client of [first, second]) {
      await createCase(client);
      await rotate(client);
    }
    await server().database.execute(
      'update data_key set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) where organization_id = $1',
      [first.organizationId],
    );
    await finishLater();
    expect(await keyVersions(second)).toEqual([[2, false]]);
    expect(await keyVersions(first)).toHaveLength(2);
    expect(server().logged()).toContain('the data keys of an organization could not be kept fresh');
  });

  test('concerns one organization, and none without keys', async () => {
    const [one, two] = [await server().newOrganization(), await server().newOrganization()];
    await createCase(one);
    expect(await rotate(two)).toBeUndefined();
    expect(await keyVersions(one)).toEqual([[1, false]]);
    expect(await asSystem(() => rotateDataKey(server().app.encryption, 'org_none'))).toBeUndefined();
  });

  test('is begun by the server itself for a key that has sealed much', async () => {
    const client = await server().newOrganization();
    await createCase(client);
    await server().database.execute(
      `update data_key set uses = ${2 ** 30} where organization_id = $1 and purpose = 'data'`,
      [client.organizationId],
    );
    await server().app.jobs.sweep();
    expect(await keyVersions(client)).toEqual([
      [1, true],
      [2, false],
    ]);
  });
});

describe('a process that has not noticed a rotation', () => {
  let client: ApiClient;
  beforeAll(async () => {
    client = await server().newOrganization();
  });

  test('reads what others seal, may seal with the old key for a while, and with a deleted one never', async () => {
    const { organizationId } = client;
    const { id } = await createCase(client);
    const { app, database } = server();
    const stale = createVault(app.encryption);
    const inScope = <Result>(work: () => Promise<Result>) => asOrganization(organizationId, work);
    const oldKeys = await inScope(() => stale.keysOf(organizationId));
    await rotate(client);

    const seen = await inScope(() => findCase({ database: app.database, vault: stale }, organizationId, id));
    expect(seen?.id).toBe(id);

    const resealWithOld = () =>
      database.execute('update file set sealed = $2 where id = $1', [
        fileId,
        oldKeys.seal({ name: 'file', key: ['id'] }, [fileId], { fileName: 'late.pdf' }),
      ]);
    const fileId = await uploadFile(client);
    await resealWithOld();
    expect(await rowsByVersion(client)).toMatchObject({ 1: 1 });
    await finishLater();
    expect(await keyVersions(client)).toEqual([[2, false]]);
    expect((await client.call('GET', `/v1/files/${fileId}`)).body.fileName).toBe('late.pdf');
    await expect(resealWithOld()).rejects.toMatchObject({ code: '23503' });
  });
});

test('a key is closed before it goes, so that what was written at the same moment is not lost', async () => {
  const client = await server().newOrganization();
  const fileId = await uploadFile(client);
  const { app, database, clock } = server();
  const { organizationId } = client;
  const oldKeys = await asOrganization(organizationId, () =>
    createVault(app.encryption).keysOf(organizationId),
  );
  await rotate(client);
  const late = oldKeys.seal({ name: 'file', key: ['id'] }, [fileId], { fileName: 'late.pdf' });
  const write = 'update file set sealed = $2 where id = $1';

  clock.advance(10 * 60_000);
  await app.jobs.sweep();
  expect(await keyVersions(client)).toEqual([
    [1, true],
    [2, false],
  ]);
  await expect(database.execute(write, [fileId, late])).rejects.toMatchObject({ code: '23503' });
  // One that the table had looked at before the key was closed, and that ends only now.
  await database.execute('alter table file disable trigger require_data_key');
  await database.execute(write, [fileId, late]);
  await database.execute('alter table file enable trigger require_data_key');

  clock.advance(10 * 60_000);
  await app.jobs.sweep();
  await finishLater();
  expect(await keyVersions(client)).toEqual([[2, false]]);
  expect((await client.call('GET', `/v1/files/${fileId}`)).body.fileName).toBe('late.pdf');
});

describe('rotations under load', () => {
  /** PATCHes one case over and over; each answer says what the next GET has to say. */
  async function keepChanging(client: ApiClient, id: string, isOver: () => boolean): Promise<number> {
    let changes = 0;
    while (!isOver()) {
      changes += 1;
      const reference = `change ${changes}`;
      const patched = succeed(await patchCase(client, id, { metadata: { reference } }));
      const read = succeed(await client.call('GET', `${authorizationsPath}/${id}`));
      expect([patched.metadata, read.metadata]).toEqual([{ reference }, { reference }]);
    }
    return changes;
  }

  test('cost no request and lose no change', async () => {
    const client = await server().newOrganization();
    const bytes = await samplePdf();
    const fileId = await uploadFile(client, { bytes });
    const cases: Answer['body'][] = [];
    for (let count = 0; count < 6; count += 1) cases.push(await createCase(client));
    for (const { id } of cases) succeed(await attach(client, id, { fileId, label: 'Note' }));

    let isOver = false;
    const traffic = cases.map(({ id }) => keepChanging(client, id, () => isOver));
    const creating = (async () => {
      while (!isOver) {
        await createCase(client);
        expect((await readBytes(client, fileId)).equals(bytes)).toBe(true);
      }
    })();
    const rotating = (async () => {
      for (let round = 0; round < 4; round += 1) {
        expect(await rotate(client)).toMatchObject({ unreadable: 0 });
        await finishLater();
      }
    })().finally(() => {
      isOver = true;
    });
    const [changes] = await Promise.all([Promise.all(traffic), creating, rotating]);

    expect(Math.min(...changes)).toBeGreaterThan(0);
    const [[version = 0, isRetired] = []] = await keyVersions(client);
    expect([version > 3, isRetired]).toEqual([true, false]);
    expect(Object.keys(await rowsByVersion(client))).toEqual([String(version)]);
    for (const [index, { id }] of cases.entries()) {
      const { version: changed, metadata } = succeed(await client.call('GET', `${authorizationsPath}/${id}`));
      expect(metadata).toEqual({ reference: `change ${changes[index]}` });
      // Created, attached to, then changed: each once.
      expect(changed).toBe(2 + (changes[index] ?? 0));
    }
  }, 120_000);
});
