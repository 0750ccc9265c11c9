import { describe, expect, test } from 'vitest';
import type { ApiClient } from '../support/api/api-client.ts';
import { succeed } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import {
  beginPut,
  completeFile,
  openSession,
  pdfLikeBytes,
  putBytes,
  readFile,
  storedBlobs,
} from '../support/api/upload-session.ts';

const megabyte = 1024 * 1024;
const quotaBytes = 25 * megabyte;
const quotaFiles = 6;
const day = 24 * 3_600_000;

const server = useTestServer({
  settings: { PRECERT_UPLOAD_QUOTA_MB: '25', PRECERT_UPLOAD_QUOTA_FILES: String(quotaFiles) },
});

const session = { fileName: 'note.pdf', contentType: 'application/pdf', purpose: 'authorization_attachment' };

/** What is kept as used, and what the files themselves say. */
async function usageOf({ organizationId }: ApiClient) {
  const [row] = await server().database.query(
    `select u.file_count as "countedFiles", u.stored_bytes as "countedBytes",
            (select count(*) from file f where f.organization_id = u.organization_id) as "files",
            (select coalesce(sum(size_bytes), 0)::bigint from file f where f.organization_id = u.organization_id) as "bytes"
       from upload_usage u where organization_id = $1`,
    [organizationId],
  );
  return row;
}

const usage = (files: number, bytes: number) => ({
  countedFiles: files,
  countedBytes: bytes,
  files,
  bytes,
});

describe('an organization that has as much as it may have', () => {
  test('in bytes is refused more with 409, nothing of which is kept, and may go on replacing', async () => {
    const client = await server().newOrganization();
    const stranger = await server().newOrganization();
    const [first, second] = [await openSession(client), await openSession(client)];
    succeed(await putBytes(client, first, pdfLikeBytes(20 * megabyte)));
    const blobs = await storedBlobs(server());
    const refused = await putBytes(client, second, pdfLikeBytes(6 * megabyte));
    expect([refused.status, refused.body.code]).toEqual([409, 'upload_quota_exceeded']);
    expect(refused.body.retryable).toBe(false);
    expect(await storedBlobs(server())).toEqual(blobs);
    expect(await readFile(client, second.id)).toMatchObject({ status: 'pending_upload', sizeBytes: null });
    expect(await usageOf(client)).toEqual(usage(2, 20 * megabyte));

    succeed(await putBytes(client, second, pdfLikeBytes(5 * megabyte)));
    expect((await putBytes(client, second, pdfLikeBytes(5 * megabyte + 1))).status).toBe(409);
    succeed(await putBytes(client, first, pdfLikeBytes(megabyte)));
    expect(await usageOf(client)).toEqual(usage(2, 6 * megabyte));
    const theirs = await openSession(stranger);
    succeed(await putBytes(stranger, theirs, pdfLikeBytes(20 * megabyte)));
  });

  test('is refused before the bytes come when they are announced', async () => {
    const client = await server().newOrganization();
    const first = await openSession(client);
    succeed(await putBytes(client, first, pdfLikeBytes(20 * megabyte)));
    const second = await openSession(client);
    const headers = `Content-Type: application/pdf\r\nContent-Length: ${6 * megabyte}\r\n`;
    const connection = beginPut(server(), client, second, headers);
    const [answer] = await connection.answers(1);
    connection.end();
    expect([answer?.status, JSON.parse(answer?.body ?? '{}').code]).toEqual([409, 'upload_quota_exceeded']);
    const announced = await client.call('POST', '/v1/files', { ...session, sizeBytes: 6 * megabyte });
    expect([announced.status, announced.body.code]).toEqual([409, 'upload_quota_exceeded']);
    expect(await usageOf(client)).toEqual(usage(2, 20 * megabyte));
  });

  test('in files gets no further session, and one for each that is removed', async () => {
    const client = await server().newOrganization();
    for (let count = 0; count < quotaFiles; count += 1) await openSession(client);
    const refused = await client.call('POST', '/v1/files', session);
    expect([refused.status, refused.body.code]).toEqual([409, 'upload_quota_exceeded']);
    server().clock.advance(day + 1_000);
    await server().app.jobs.sweep();
    expect(await usageOf(client)).toEqual(usage(0, 0));
    await openSession(client);
  });
});

describe('uploads at once', () => {
  test('of many sessions never hold more than the quota, to the byte', async () => {
    const client = await server().newOrganization();
    const sessions = await Promise.all(Array.from({ length: quotaFiles }, () => openSession(client)));
    const sizes = sessions.map((_, index) => (6 + index) * megabyte);
    const answers = await Promise.all(
      sessions.map((one, index) => putBytes(client, one, pdfLikeBytes(sizes[index] ?? 0))),
    );
    const kept = sizes.filter((_, index) => answers[index]?.status === 204);
    expect(answers.filter(({ status }) => status !== 204).map(({ body }) => body.code)).toEqual(
      Array(quotaFiles - kept.length).fill('upload_quota_exceeded'),
    );
    const bytes = kept.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(quotaBytes);
    expect(await usageOf(client)).toEqual(usage(quotaFiles, bytes));
  });

  test('of one session are counted once', async () => {
    const client = await server().newOrganization();
    const one = await openSession(client);
    const sizes = [1, 2, 3, 4, 5].map((size) => size * megabyte);
    const answers = await Promise.all(sizes.map((size) => putBytes(client, one, pdfLikeBytes(size))));
    expect(answers.map(({ status }) => status)).toEqual(sizes.map(() => 204));
    const { sizeBytes } = await readFile(client, one.id);
    expect(await usageOf(client)).toEqual(usage(1, sizeBytes));
  });

  test('of session requests open no more than may be', async () => {
    const client = await server().newOrganization();
    const answers = await Promise.all(
      Array.from({ length: 3 * quotaFiles }, () => client.call('POST', '/v1/files', session)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(quotaFiles);
    expect(await usageOf(client)).toEqual(usage(quotaFiles, 0));
  });
});

test('documents of the server’s own making count for nothing', async () => {
  const client = await server().newOrganization();
  const one = await openSession(client);
  succeed(await putBytes(client, one, pdfLikeBytes(1_000)));
  succeed(await completeFile(client, one.id));
  await server().database.execute(
    `insert into file (organization_id, id, status, purpose, file_name, content_type, size_bytes, created_at)
     select organization_id, 'file_generated', status, 'preview_document', file_name, content_type, 10000, created_at
       from file where id = $1`,
    [one.id],
  );
  server().clock.advance(2 * day);
  await server().app.jobs.sweep();
  expect(await usageOf(client)).toEqual(usage(1, 1_000));
});
