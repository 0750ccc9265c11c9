import { describe, expect, test } from 'vitest';
import { createFileCollector } from '../../src/files/collect-files.ts';
import { storeGeneratedFile } from '../../src/files/store-generated-file.ts';
import { asOrganization, asSystem } from '../../src/platform/database/database-scope.ts';
import type { EncryptedBlobStore } from '../../src/platform/storage/encrypted-blob-store.ts';
import { deleteExpiredKey, findKey } from '../../src/prior-authorization/idempotency.ts';
import { listAll } from '../support/api/case-record.ts';
import { authorizationsPath, createCaseInState, uploadFile } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import {
  completeFile,
  downloadBytes,
  openSession,
  pdfLikeBytes,
  putBytes,
  readFile,
  storedBlobs,
  storedFile,
} from '../support/api/upload-session.ts';

const hour = 3_600_000;
const day = 24 * hour;
const server = useTestServer();

const filesContext = () => server().app.priorAuthorization.files;
const sweep = () => server().app.jobs.sweep();

function storeDocument(organizationId: string, purpose: 'preview_document' | 'generated_artifact') {
  return asOrganization(organizationId, () =>
    storeGeneratedFile(filesContext(), organizationId, {
      fileName: 'document.pdf',
      contentType: 'application/pdf',
      purpose,
      bytes: pdfLikeBytes(100),
    }),
  );
}

/** A sweep whose storage refuses to remove what the test names. */
function sweepRefusing(isRefused: (key: string) => boolean): Promise<void> {
  const blobs: EncryptedBlobStore = {
    ...filesContext().blobs,
    remove: async (key) => {
      if (isRefused(key)) throw new Error('The disk is read-only.');
      await filesContext().blobs.remove(key);
    },
  };
  const { logger } = server().app;
  return asSystem(createFileCollector({ ...filesContext(), blobs, logger }, day));
}

async function bytesOf(storageKey: string): Promise<boolean> {
  return (await storedBlobs(server())).some((path) => path.endsWith(storageKey));
}

describe('previews past their time', () => {
  test('go with their bytes, however many there are', async () => {
    const { organizationId } = await server().newOrganization();
    const { id } = await storeDocument(organizationId, 'preview_document');
    await server().database.execute(
      `insert into file (organization_id, id, status, purpose, sealed, content_type, storage_key, created_at)
       select organization_id, 'file_old_' || n, status, purpose, sealed, content_type, 'files/none/' || n, created_at
         from file, generate_series(1, 1200) n where id = $1`,
      [id],
    );
    const { storageKey = '' } = (await storedFile(server(), id)) ?? {};
    expect(await bytesOf(storageKey ?? '')).toBe(true);
    server().clock.advance(day + hour);
    await sweep();
    expect(await filesOf(organizationId)).toEqual([]);
    expect(await bytesOf(storageKey ?? '')).toBe(false);
  });

  test('stay on record while their bytes cannot be removed, and keep no other', async () => {
    const { organizationId } = await server().newOrganization();
    const stuck = await storeDocument(organizationId, 'preview_document');
    const other = await storeDocument(organizationId, 'preview_document');
    server().clock.advance(day + hour);
    await sweepRefusing((key) => key === stuck.storageKey);
    expect(await filesOf(organizationId)).toEqual([stuck.id]);
    expect(await bytesOf(other.storageKey)).toBe(false);
    await sweep();
    expect(await filesOf(organizationId)).toEqual([]);
    expect(await bytesOf(stuck.storageKey)).toBe(false);
  });
});

describe('an upload session', () => {
  test('goes when it was not finished within a day of its last upload', async () => {
    const client = await server().newOrganization();
    const empty = await openSession(client);
    const uploaded = await openSession(client);
    const later = await openSession(client);
    await putBytes(client, uploaded, pdfLikeBytes(100));
    const { storageKey } = (await storedFile(server(), uploaded.id)) ?? {};
    server().clock.advance(20 * hour);
    await putBytes(client, later, pdfLikeBytes(100));
    server().clock.advance(5 * hour);
    await sweep();
    for (const { id } of [empty, uploaded]) expect((await completeFile(client, id)).status).toBe(404);
    expect(await bytesOf(storageKey ?? '')).toBe(false);
    expect(await readFile(client, later.id)).toMatchObject({ status: 'uploaded' });
  });

  test('is not finished while it goes', async () => {
    const client = await server().newOrganization();
    const session = await openSession(client);
    await putBytes(client, session, pdfLikeBytes(100));
    server().clock.advance(day + hour);
    await sweepRefusing(() => true);
    expect((await completeFile(client, session.id)).body.code).toBe('file_not_uploaded');
    expect((await putBytes(client, session, pdfLikeBytes(100))).body.code).toBe(
      'file_upload_already_completed',
    );
  });
});

describe('what a failure in the middle of a write left', () => {
  test('goes after a day: documents no case holds, bytes no row names', async () => {
    const client = await server().newOrganization();
    const unused = await storeDocument(client.organizationId, 'generated_artifact');
    const rowless = await storeDocument(client.organizationId, 'generated_artifact');
    await server().database.execute('delete from file where id = $1', [rowless.id]);
    const attached = await uploadFile(client);
    const submitted = await createCaseInState(client, 'pending_payer');
    const artifacts = await listAll(client, `${authorizationsPath}/${submitted.id}/artifacts`);

    server().clock.advance(day / 2);
    await sweep();
    for (const { storageKey } of [unused, rowless]) expect(await bytesOf(storageKey)).toBe(true);

    server().clock.advance(2 * day);
    await sweepRefusing((key) => key === rowless.storageKey);
    expect([await bytesOf(unused.storageKey), await bytesOf(rowless.storageKey)]).toEqual([false, true]);
    await sweep();
    expect(await bytesOf(rowless.storageKey)).toBe(false);
    const left = await filesOf(client.organizationId);
    expect(left).toEqual([attached, ...artifacts.map(({ fileId }) => fileId)].toSorted());
    expect(artifacts).toHaveLength(3);
    for (const fileId of left) expect((await downloadBytes(client, fileId)).length).toBeGreaterThan(0);
  });
});

describe('idempotency keys past their time', () => {
  test('go, however many there are', async () => {
    const { organizationId } = await server().newOrganization();
    await insertKeys(organizationId, 1_200, -day);
    await insertKeys(organizationId, 1, day);
    await sweep();
    expect(await keysOf(organizationId)).toEqual(['key 1']);
  });

  test('are removed one by one when they are used again, and only once they have expired', async () => {
    const { organizationId } = await server().newOrganization();
    await insertKeys(organizationId, 3, -day);
    const { database, clock } = server();
    await deleteExpiredKey(database, organizationId, 'submit', 'key 2', clock.now());
    expect(await keysOf(organizationId)).toEqual(['key 1', 'key 3']);
    await insertKeys(organizationId, 2, day);
    await deleteExpiredKey(database, organizationId, 'submit', 'key 2', clock.now());
    expect(await findKey(database, organizationId, 'submit', 'key 2', clock.now())).toBeDefined();
  });

  async function insertKeys(organizationId: string, count: number, lifetimeMs: number): Promise<void> {
    const expiresAt = new Date(server().clock.now().getTime() + lifetimeMs);
    await server().database.execute(
      `insert into idempotency_key (organization_id, operation, key, fingerprint, resource_id, created_at, expires_at)
       select $1, 'submit', 'key ' || n, '', '', now(), $2 from generate_series(1, $3::int) n
       on conflict (organization_id, operation, key) do update set expires_at = excluded.expires_at`,
      [organizationId, expiresAt, count],
    );
  }

  async function keysOf(organizationId: string): Promise<readonly string[]> {
    const rows = await server().database.query<{ key: string }>(
      'select key from idempotency_key where organization_id = $1 order by key',
      [organizationId],
    );
    return rows.map(({ key }) => key);
  }
});

async function filesOf(organizationId: string): Promise<readonly string[]> {
  const rows = await server().database.query<{ id: string }>(
    'select id from file where organization_id = $1',
    [organizationId],
  );
  return rows.map(({ id }) => id).toSorted();
}
