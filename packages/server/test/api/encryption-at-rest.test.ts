import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { isSealedStart } from '../../src/platform/storage/chunked-cipher.ts';
import { sealedCases } from '../../src/prior-authorization/case-secrets.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { canaries, canariesIn, canaryCase, canaryWords } from '../support/api/canary-case.ts';
import { attach } from '../support/api/case-record.ts';
import {
  adakveoCase,
  authorizationsPath,
  createCase,
  createCaseInState,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { downloadBytes, storedFile } from '../support/api/upload-session.ts';
import { canariesInFiles, canariesInTables, listFiles } from '../support/encryption/canary-dump.ts';
import { canaryPdf, tellCanaryStory } from '../support/encryption/canary-story.ts';

const server = useTestServer();

const read = (client: ApiClient, id: string) => client.call('GET', `${authorizationsPath}/${id}`);

describe('a dump of everything', () => {
  let client: ApiClient;
  let caseIds: readonly string[];
  beforeAll(async () => {
    client = await server().newOrganization();
    caseIds = await tellCanaryStory(client);
  }, 120_000);

  test('tells nothing a clinic wrote, though the API tells it all', async () => {
    const shown = await Promise.all(caseIds.map(async (id) => (await read(client, id)).body));
    const missing = canaries.filter((word) => !canariesIn(JSON.stringify(shown)).includes(word));
    expect(missing).toEqual([canaryWords.idempotencyKey]);
    expect(await canariesInTables(server().database)).toEqual([]);
  });

  test('shows no file as it was sent or made', async () => {
    expect(await canariesInFiles(server().dataDirectory)).toEqual([]);
    const blobs = (await listFiles(join(server().dataDirectory, 'files', 'blobs', 'files'))).toSorted();
    expect(blobs.length).toBeGreaterThan(8);
    for (const path of blobs) expect(isSealedStart(await readFile(path))).toBe(true);
  });

  test('finds a case by its member, and only by the very member', async () => {
    const list = async (memberId: string) =>
      succeed(await client.call('GET', `${authorizationsPath}?${new URLSearchParams({ memberId })}`)).data;
    const { memberId } = canaryCase.coverage;
    expect((await list(memberId)).map(({ id }: Answer['body']) => id).toSorted()).toEqual(caseIds.toSorted());
    expect(await list(memberId.toLowerCase())).toEqual([]);
    expect(await list(memberId.slice(0, -1))).toEqual([]);
  });

  test('shows the same member of two clinics as two', async () => {
    const other = await server().newOrganization();
    await createCase(other);
    await createCase(client);
    const rows = await server().database.query<{ index: Buffer }>(
      'select distinct member_index as index from prior_authorization where organization_id = any($1)',
      [[client.organizationId, other.organizationId]],
    );
    expect(rows).toHaveLength(3);
  });

  test('keeps sizes and hashes of files as they were sent', async () => {
    const bytes = await canaryPdf();
    const id = await uploadFile(client, { bytes });
    const { hash } = await import('node:crypto');
    expect((await storedFile(server(), id))?.sha256).toBe(hash('sha256', bytes));
    expect(Buffer.from(await downloadBytes(client, id)).equals(bytes)).toBe(true);
  });
});

describe('a sealed value that was moved', () => {
  /** What a case, action, attachment or file has sealed, put in the place of another's. */
  function move(table: string, from: string, to: string): Promise<number> {
    return server().database.execute(
      `update ${table} t set sealed = f.sealed from ${table} f where f.id = $1 and t.id = $2`,
      [from, to],
    );
  }

  async function expectRefused(client: ApiClient, id: string, table: string): Promise<void> {
    const answer = await read(client, id);
    expect([answer.status, answer.body.code]).toEqual([500, 'internal_error']);
    const { requestId } = answer.body;
    const line = server()
      .logged()
      .split('\n')
      .find((text) => text.includes(requestId) && text.includes('SealedValueError'));
    expect(line).toContain(`${table} `);
    expect(line).toContain('was altered or does not belong where it stands');
  }

  test('to another case of the clinic does not open there', async () => {
    const client = await server().newOrganization();
    const [mine, other] = [await createCase(client), await createCase(client)];
    await move('prior_authorization', other.id, mine.id);
    await expectRefused(client, mine.id, 'prior_authorization');
    succeed(await read(client, other.id));
  });

  test('to a case of another clinic does not open there', async () => {
    const [one, two] = [await server().newOrganization(), await server().newOrganization()];
    const [mine, theirs] = [await createCase(one), await createCase(two)];
    await move('prior_authorization', theirs.id, mine.id);
    await expectRefused(one, mine.id, 'prior_authorization');
  });

  test('to another action, attachment or file does not open there', async () => {
    const client = await server().newOrganization();
    const incomplete = await createCase(client);
    await client.call('POST', `${authorizationsPath}/${incomplete.id}/submit`);
    const [first, second] = succeed(await read(client, incomplete.id)).actions;
    await move('prior_authorization_action', second.id, first.id);
    await expectRefused(client, incomplete.id, 'prior_authorization_action');

    const files = [await uploadFile(client), await uploadFile(client)];
    const cases = [await createCase(client), await createCase(client)];
    const attachments = [];
    for (const { id } of cases)
      attachments.push(succeed(await attach(client, id, { fileId: files[0], label: 'Note' })).id);
    await move('prior_authorization_attachment', attachments[1], attachments[0]);
    await expectRefused(client, cases[0].id, 'prior_authorization_attachment');
    await move('file', files[1] ?? '', files[0] ?? '');
    await expectRefused(client, cases[1].id, 'file');
  });

  test('to another column of the same row does not open there', async () => {
    const client = await server().newOrganization();
    const { organizationId } = client;
    const { id } = await createCaseInState(client, 'pending_payer');
    const { vault } = server().app.priorAuthorization;
    const keys = await asOrganization(organizationId, () => vault.keysOf(organizationId));
    const [row] = await server().database.query<{ sealed: Buffer }>(
      'select sealed from prior_authorization where id = $1',
      [id],
    );
    const sealed = row?.sealed ?? Buffer.alloc(0);
    expect(keys.open(sealedCases, [id], sealed)).toMatchObject({ case: { coverage: adakveoCase.coverage } });
    expect(() => keys.open({ name: 'file', key: ['id'] }, [id], sealed)).toThrow('does not belong');
  });

  test('on the disk, as another file, is not what is downloaded', async () => {
    const client = await server().newOrganization();
    const ids = [await uploadFile(client), await uploadFile(client)];
    const rows = await Promise.all(ids.map((id) => storedFile(server(), id)));
    const { blobs } = server().app.priorAuthorization.files;
    await server().database.execute('update file set storage_key = $2 where id = $1', [
      ids[0],
      rows[1]?.storageKey,
    ]);
    const link = succeed(await client.call('GET', `/v1/files/${ids[0]}`)).downloadUrl;
    const answer = await client.send(link, { method: 'GET' }).catch(() => undefined);
    expect(answer?.status).not.toBe(200);
    expect(JSON.stringify(answer?.body ?? '')).not.toContain('%PDF');
    expect(await blobs.list('files/')).not.toEqual([]);
  });
});

describe('a table with sealed values', () => {
  test('is known to those who seal anew, and refuses what nobody could open', async () => {
    const columns = await server().database.query<{ name: string; guarded: boolean }>(
      `select c.table_name as name, exists (
                select from pg_trigger t where t.tgrelid = c.table_name::regclass and t.tgname = 'require_data_key') as guarded
         from information_schema.columns c
        where c.table_schema = current_schema() and c.column_name = 'sealed' order by 1`,
    );
    const known = server().app.encryption.sealedTables.map(({ name }) => name);
    expect(columns.map(({ name }) => name)).toEqual(known.toSorted());
    expect(columns.filter(({ guarded }) => !guarded)).toEqual([]);
  });

  test('takes nothing that was sealed with a key it does not have', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const stale = server().database.execute(
      `update prior_authorization set sealed = set_byte(sealed, 4, 9) where id = $1`,
      [id],
    );
    await expect(stale).rejects.toMatchObject({ code: '23503' });
    const plain = server().database.execute(
      `update prior_authorization set sealed = 'Jane Doe' where id = $1`,
      [id],
    );
    await expect(plain).rejects.toMatchObject({ code: '23503' });
  });
});
