import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { makeJpeg, makeSheet, makeTiff } from '../../src/documents/test-support/make-images.ts';
import { makePageTreeBomb } from '../../src/documents/test-support/make-pdfs.ts';
import { RawConnection } from '../../src/platform/http/testing/raw-connection.ts';
import type { ApiClient } from '../support/api/api-client.ts';
import { attach, sendPayerEvent } from '../support/api/case-record.ts';
import {
  approval,
  authorizationsPath,
  createCase,
  createCaseInState,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { type TestServer, useTestServer } from '../support/api/test-server.ts';
import { damagedPdf, encryptedPdf } from '../support/api/unreadable-documents.ts';
import {
  openSession,
  pdfLikeBytes,
  putBytes,
  putStream,
  repeated,
  sha256,
  storedBlobs,
  type UploadSession,
} from '../support/api/upload-session.ts';

const maximumBytes = 25 * 1024 * 1024;
const slow = 120_000;

async function readFile(client: ApiClient, id: string) {
  return succeed(await client.call('GET', `/v1/files/${id}`));
}

function complete(client: ApiClient, id: string) {
  return client.call('POST', `/v1/files/${id}/complete`);
}

/** The stored row, for what the API does not show. */
async function storedFile(server: TestServer, id: string) {
  const [row] = await server.app.database.query<{
    sha256: string | null;
    problem: string | null;
    storageKey: string | null;
  }>('select sha256, problem, storage_key as "storageKey" from file where id = $1', [id]);
  return row;
}

/** The bytes behind a file's download link. */
async function download(client: ApiClient, id: string): Promise<Response> {
  const { downloadUrl } = await readFile(client, id);
  return fetch(downloadUrl, { headers: { authorization: `Bearer ${client.bearerToken}` } });
}

function rawPut(
  server: TestServer,
  client: ApiClient,
  session: UploadSession,
  headers: string,
): RawConnection {
  const head = `PUT /v1/files/${session.id}/content HTTP/1.1\r\nHost: localhost\r\n`;
  const bearer = `Authorization: Bearer ${client.bearerToken}\r\n`;
  return new RawConnection(Number(new URL(server.baseUrl).port)).send(`${head}${bearer}${headers}\r\n`);
}

describe('files', () => {
  const server = useTestServer();

  async function expectUntouched(client: ApiClient, id: string, blobs: readonly string[]) {
    expect(await readFile(client, id)).toMatchObject({
      status: 'pending_upload',
      sizeBytes: null,
      downloadUrl: null,
    });
    await vi.waitFor(async () => expect(await storedBlobs(server())).toEqual(blobs), { timeout: 10_000 });
  }

  describe('an upload session', () => {
    test('is created with the address and the header for the upload', async () => {
      const client = await server().newOrganization();
      const answer = await client.call('POST', '/v1/files', {
        fileName: 'clinical-note.pdf',
        contentType: 'application/pdf',
        purpose: 'authorization_attachment',
      });
      expect(answer.status).toBe(201);
      const { id } = answer.body.file;
      expect(id).toMatch(/^file_[0-9a-z]{26}$/);
      expect(answer.body).toEqual({
        file: {
          id,
          status: 'pending_upload',
          fileName: 'clinical-note.pdf',
          contentType: 'application/pdf',
          sizeBytes: null,
          purpose: 'authorization_attachment',
          downloadUrl: null,
          createdAt: server().clock.now().toISOString(),
          completedAt: null,
        },
        upload: {
          method: 'PUT',
          url: `${server().baseUrl}/v1/files/${id}/content`,
          headers: { 'Content-Type': 'application/pdf' },
        },
      });
    });

    test.each([
      ['no file name', { fileName: undefined }, 'fileName', 'required'],
      ['an empty file name', { fileName: '' }, 'fileName', 'too_small'],
      ['a name of 300 characters', { fileName: `${'n'.repeat(296)}.pdf` }, 'fileName', 'too_big'],
      ['a name with U+0000', { fileName: 'a\0.pdf' }, 'fileName', 'invalid_format'],
      ['no content type', { contentType: undefined }, 'contentType', 'required'],
      ['an empty content type', { contentType: '' }, 'contentType', 'too_small'],
      ['a content type over lines', { contentType: 'a/b\r\nX: y' }, 'contentType', 'invalid_format'],
      ['no purpose', { purpose: undefined }, 'purpose', 'required'],
      ['a purpose of the server', { purpose: 'generated_artifact' }, 'purpose', 'invalid_enum'],
      ['a size of nothing', { sizeBytes: 0 }, 'sizeBytes', 'too_small'],
      ['half a byte', { sizeBytes: 1.5 }, 'sizeBytes', 'invalid_type'],
      ['a size in words', { sizeBytes: '5' }, 'sizeBytes', 'invalid_type'],
      ['a size over the limit', { sizeBytes: maximumBytes + 1 }, 'sizeBytes', 'too_big'],
    ])('is refused with %s', async (_name, change, field, code) => {
      const client = await server().newOrganization();
      const body = {
        fileName: 'a.pdf',
        contentType: 'application/pdf',
        purpose: 'authorization_attachment',
        ...change,
      };
      const answer = await client.call('POST', '/v1/files', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: 'validation_error', issues: [{ field, code }] });
    });
  });

  describe('content', () => {
    test('of exactly 25 MiB is stored', { timeout: slow }, async () => {
      const client = await server().newOrganization();
      const session = await openSession(client, { sizeBytes: maximumBytes });
      expect((await putBytes(client, session, pdfLikeBytes(maximumBytes))).status).toBe(204);
      expect(await readFile(client, session.id)).toMatchObject({
        status: 'uploaded',
        sizeBytes: maximumBytes,
      });
    });

    test.each([
      ['declared', { 'content-length': maximumBytes + 1 }],
      ['chunked', {}],
    ])('of one byte more, %s, is 413 and leaves nothing', { timeout: slow }, async (_name, headers) => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const blobs = await storedBlobs(server());
      const answer = await putStream(client, session, repeated(maximumBytes + 1), headers);
      expect(answer).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
      await expectUntouched(client, session.id, blobs);
      expect((await putBytes(client, session, pdfLikeBytes(100))).status).toBe(204);
    });

    test('that only claims to be larger is 413 before it comes', async () => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const connection = rawPut(
        server(),
        client,
        session,
        `Content-Type: application/pdf\r\nContent-Length: ${maximumBytes + 1}\r\n`,
      );
      const [answer] = await connection.send('%PDF-1.7').answers(1);
      expect([answer?.status, JSON.parse(answer?.body ?? '{}').code]).toEqual([413, 'payload_too_large']);
      connection.end();
    });

    test('that breaks off before its declared length is not stored', async () => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const blobs = await storedBlobs(server());
      const connection = rawPut(
        server(),
        client,
        session,
        'Content-Type: application/pdf\r\nContent-Length: 5000\r\n',
      );
      connection.send(pdfLikeBytes(2_000));
      await vi.waitFor(async () => expect(await storedBlobs(server())).toHaveLength(blobs.length + 1), {
        timeout: 10_000,
      });
      connection.end();
      await expectUntouched(client, session.id, blobs);
      expect((await complete(client, session.id)).body.code).toBe('file_not_uploaded');
    });

    test('beyond its declared length is no part of the file', async () => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const declared = pdfLikeBytes(1_000);
      const connection = rawPut(
        server(),
        client,
        session,
        `Content-Type: application/pdf\r\nContent-Length: ${declared.length}\r\n`,
      ).send(Buffer.concat([declared, Buffer.from('surplus\r\n\r\n')]));
      await connection.closed;
      const answers = await connection.answers(2);
      expect(answers.map(({ status }) => status)).toEqual(answers.length === 1 ? [204] : [204, 400]);
      expect(await readFile(client, session.id)).toMatchObject({ status: 'uploaded', sizeBytes: 1_000 });
      expect(await storedFile(server(), session.id)).toMatchObject({ sha256: sha256(declared) });
    });

    test.each([
      ['Content-Length: 0', 'Content-Length: 0\r\n', ''],
      ['no framing at all', '', ''],
      ['a last chunk alone', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ])('that is empty, with %s, is 400', async (_name, framing, body) => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const blobs = await storedBlobs(server());
      const connection = rawPut(server(), client, session, `Content-Type: application/pdf\r\n${framing}`);
      const [answer] = await connection.send(body).answers(1);
      connection.end();
      expect(answer?.status).toBe(400);
      expect(JSON.parse(answer?.body ?? '{}')).toMatchObject({
        code: 'validation_error',
        issues: [{ field: 'body', code: 'required' }],
      });
      await expectUntouched(client, session.id, blobs);
    });

    test.each([
      ['application/pdf', 'application/pdf; charset=utf-8'],
      ['application/pdf', 'Application/PDF'],
      ['application/pdf', 'application/pdf;'],
      ['application/pdf', 'image/png'],
      ['application/pdf', 'application/octet-stream'],
      ['application/pdf; charset=utf-8', 'application/pdf'],
      ['application/pdf ', 'application/pdf'],
      ['text/plain;charset=utf-8', 'text/plain; charset=utf-8'],
    ])('of a session for "%s" sent as "%s" is 409', async (announced, sent) => {
      const client = await server().newOrganization();
      const session = await openSession(client, { contentType: announced });
      const blobs = await storedBlobs(server());
      const answer = await putBytes(client, session, pdfLikeBytes(100), sent);
      expect([answer.status, answer.body.code]).toEqual([409, 'file_content_type_mismatch']);
      await expectUntouched(client, session.id, blobs);
    });

    test('without a type is 409, with two types 400, with parameters as announced 204', async () => {
      const client = await server().newOrganization();
      const session = await openSession(client, { contentType: 'application/pdf; version=1.7' });
      const body = pdfLikeBytes(10).toString('latin1');
      const statusOf = async (types: string) => {
        const connection = rawPut(server(), client, session, `${types}Content-Length: 10\r\n`).send(body);
        const [answer] = await connection.answers(1);
        connection.end();
        return answer?.status;
      };
      expect(await statusOf('')).toBe(409);
      expect(await statusOf('Content-Type: application/pdf\r\nContent-Type: image/png\r\n')).toBe(400);
      expect(await statusOf('Content-Type: application/pdf; version=1.7\r\n')).toBe(204);
      // White space around a header's value is no part of the value (RFC 9110, 5.5), so nobody can tell it was there.
      expect(await statusOf('Content-Type:   application/pdf; version=1.7  \r\n')).toBe(204);
    });

    const png = makeSheet(8, 8);
    const jpeg = makeJpeg(8, 8);
    const html = '<html><script>alert(1)</script>%PDF-1.7</html>';
    test.each([
      ['HTML', 'application/pdf', Buffer.from(html)],
      ['a ZIP archive', 'application/pdf', Buffer.from('PK\u0003\u0004%PDF-1.7')],
      ['a program with a PDF inside', 'application/pdf', Buffer.from(`MZ${'\0'.repeat(200)}%PDF-1.7`)],
      ['a script that is also a PDF', 'application/pdf', Buffer.from('/*%PDF-1.7*/alert(1)')],
      ['half a signature', 'application/pdf', Buffer.from('%PD')],
      ['a PDF without a version', 'application/pdf', Buffer.from('%PDF-x')],
      ['PNG', 'image/jpeg', png],
      ['JPEG', 'image/png', jpeg],
      ['JPEG', 'application/pdf', jpeg],
      ['PDF', 'image/tiff', pdfLikeBytes(100)],
      ['BigTIFF', 'image/tiff', Buffer.from('II+\0\u0008\0\0\0')],
      ['HTML', 'image/png; charset=binary', Buffer.from(html)],
    ])('that is %s under the name %s is 409', async (_name, contentType, bytes) => {
      const client = await server().newOrganization();
      const session = await openSession(client, { contentType });
      const blobs = await storedBlobs(server());
      const answer = await putBytes(client, session, await bytes);
      expect([answer.status, answer.body.code]).toEqual([409, 'file_content_type_mismatch']);
      await expectUntouched(client, session.id, blobs);
    });

    test.each([
      ['application/pdf', Buffer.from('\n \r\n%PDF-1.4 and more')],
      ['image/png', png],
      ['image/jpeg', jpeg],
      ['image/tiff', makeTiff(1, 4, 4)],
      ['text/plain', Buffer.from(html)],
    ])('of type %s that begins as such is stored', async (contentType, bytes) => {
      const client = await server().newOrganization();
      const session = await openSession(client, { contentType });
      expect((await putBytes(client, session, await bytes)).status).toBe(204);
      expect(await storedFile(server(), session.id)).toMatchObject({ sha256: sha256(await bytes) });
    });

    test.each([
      ['fewer', 99],
      ['more', 101],
    ])('of %s bytes than announced is 400 and not kept', async (_name, size) => {
      const client = await server().newOrganization();
      const session = await openSession(client, { sizeBytes: 100 });
      const blobs = await storedBlobs(server());
      const answer = await putBytes(client, session, pdfLikeBytes(size));
      expect(answer.status).toBe(400);
      expect(answer.body.issues).toMatchObject([{ field: 'sizeBytes', code: 'invalid_size' }]);
      await expectUntouched(client, session.id, blobs);
      expect((await putBytes(client, session, pdfLikeBytes(100))).status).toBe(204);
    });

    test('sent again before completion replaces what was sent, and only that is kept', async () => {
      const client = await server().newOrganization();
      const blobs = await storedBlobs(server());
      const session = await openSession(client);
      succeed(await putBytes(client, session, pdfLikeBytes(500, 'a')));
      succeed(await putBytes(client, session, pdfLikeBytes(700, 'b')));
      expect((await putBytes(client, session, Buffer.from(html))).status).toBe(409);
      succeed(await complete(client, session.id));
      const answer = await download(client, session.id);
      expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(pdfLikeBytes(700, 'b')));
      expect(await storedBlobs(server())).toHaveLength(blobs.length + 1);
    });

    test('sent many times at once becomes one content whose hash matches, and nothing else is kept', async () => {
      const client = await server().newOrganization();
      const blobs = await storedBlobs(server());
      const session = await openSession(client);
      const contents = Array.from('abcdefgh', (fill) => pdfLikeBytes(200_000, fill));
      const answers = await Promise.all(contents.map((bytes) => putBytes(client, session, bytes)));
      expect(answers.map(({ status }) => status)).toEqual(contents.map(() => 204));
      succeed(await complete(client, session.id));
      const kept = new Uint8Array(await (await download(client, session.id)).arrayBuffer());
      expect(contents.map(sha256)).toContain(sha256(kept));
      expect(await storedFile(server(), session.id)).toMatchObject({ sha256: sha256(kept) });
      expect(await storedBlobs(server())).toHaveLength(blobs.length + 1);
    });

    test('sent while the file is completed is either in the file or refused', async () => {
      const client = await server().newOrganization();
      for (const fill of 'klmno') {
        const session = await openSession(client);
        succeed(await putBytes(client, session, pdfLikeBytes(3_000, fill)));
        const second = pdfLikeBytes(2_000, fill.toUpperCase());
        const [completed, put] = await Promise.all([
          complete(client, session.id),
          putBytes(client, session, second),
        ]);
        expect([204, 409]).toContain(put.status);
        if (completed.status !== 200) expect(completed.body.code).toBe('file_not_uploaded');
        succeed(await complete(client, session.id));
        const kept = new Uint8Array(await (await download(client, session.id)).arrayBuffer());
        const expected = put.status === 204 ? second : pdfLikeBytes(3_000, fill);
        expect(sha256(kept)).toBe(sha256(expected));
        expect(await storedFile(server(), session.id)).toMatchObject({ sha256: sha256(kept) });
      }
    });

    test('sent after completion is 409 and changes nothing', async () => {
      const client = await server().newOrganization();
      const id = await uploadFile(client);
      const before = await storedFile(server(), id);
      const url = `${server().baseUrl}/v1/files/${id}/content`;
      const session = { id, url, contentType: 'application/pdf' };
      for (const body of [pdfLikeBytes(100), pdfLikeBytes(200)]) {
        const answer = await putBytes(client, session, body);
        expect([answer.status, answer.body.code]).toEqual([409, 'file_upload_already_completed']);
      }
      expect(await storedFile(server(), id)).toEqual(before);
    });

    test('of twenty uploads of 25 MiB at once passes through without staying in memory', {
      timeout: slow,
    }, async () => {
      const client = await server().newOrganization();
      const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession(client)));
      globalThis.gc?.();
      const before = process.memoryUsage().rss;
      let highest = before;
      const sampling = setInterval(() => {
        highest = Math.max(highest, process.memoryUsage().rss);
      }, 20);
      const answers = await Promise.all(
        sessions.map((session) =>
          putStream(client, session, repeated(maximumBytes), { 'content-length': maximumBytes }),
        ),
      );
      clearInterval(sampling);
      expect(answers.map(({ status }) => status)).toEqual(sessions.map(() => 204));
      expect((highest - before) / 1024 / 1024).toBeLessThan(100);
    });
  });

  describe('completion', () => {
    test('before the bytes is 409', async () => {
      const client = await server().newOrganization();
      const { id } = await openSession(client);
      const answer = await complete(client, id);
      expect([answer.status, answer.body.code]).toEqual([409, 'file_not_uploaded']);
      expect(await readFile(client, id)).toMatchObject({ status: 'pending_upload', completedAt: null });
    });

    test('makes the file ready, once, however often it is asked for', async () => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const bytes = await samplePdf();
      succeed(await putBytes(client, session, bytes));
      expect(await readFile(client, session.id)).toMatchObject({ status: 'uploaded', downloadUrl: null });
      const atOnce = await Promise.all(Array.from({ length: 5 }, () => complete(client, session.id)));
      const completedAt = server().clock.now().toISOString();
      server().clock.advance(60_000);
      for (const answer of [...atOnce, await complete(client, session.id)]) {
        expect(answer.status).toBe(200);
        expect(answer.body).toMatchObject({ status: 'ready', sizeBytes: bytes.length, completedAt });
        expect(answer.body.downloadUrl).toContain(`/v1/files/${session.id}/download?`);
      }
    });

    test.each([
      ['encrypted', encryptedPdf],
      ['damaged', damagedPdf],
      ['too_large', () => makePageTreeBomb(9)],
    ])(
      'of a PDF that is %s makes it ready with that problem, which its case then names',
      { timeout: slow },
      async (problem, make) => {
        const client = await server().newOrganization();
        const fileId = await uploadFile(client, { bytes: await make() });
        expect(await readFile(client, fileId)).toMatchObject({ status: 'ready' });
        expect(await storedFile(server(), fileId)).toMatchObject({ problem });
        const created = await createCase(client, { ready: true });
        const attachment = succeed(await attach(client, created.id, { fileId, label: 'Unreadable' }));
        const now = succeed(await client.call('GET', `${authorizationsPath}/${created.id}`));
        expect(now.workflowState).toBe('action_required');
        expect(now.actions).toMatchObject([
          { type: 'validation_issue', code: 'attachment_unreadable', field: `attachments.${attachment.id}` },
        ]);
      },
    );
  });

  describe('using a file', () => {
    test('of a type no packet holds as an attachment is 409', async () => {
      const client = await server().newOrganization();
      const fileId = await uploadFile(client, { contentType: 'text/html', bytes: Buffer.from('<p>') });
      const created = await createCase(client);
      const answer = await attach(client, created.id, { fileId, label: 'Page' });
      expect([answer.status, answer.body.code]).toEqual([409, 'unsupported_attachment_mime_type']);
    });

    test('that is not ready, or meant for something else, is 409', async () => {
      const client = await server().newOrganization();
      const created = await createCaseInState(client, 'pending_payer');
      const open = await createCase(client);
      const pending = await openSession(client);
      const uploaded = await openSession(client);
      succeed(await putBytes(client, uploaded, await samplePdf()));
      const note = await uploadFile(client);
      const payers = await uploadFile(client, { purpose: 'sandbox_payer_document' });
      const payersPending = await openSession(client, { purpose: 'sandbox_payer_document' });
      const codes = [
        await attach(client, open.id, { fileId: pending.id, label: 'Note' }),
        await attach(client, open.id, { fileId: uploaded.id, label: 'Note' }),
        await attach(client, open.id, { fileId: payers, label: 'Note' }),
        await sendPayerEvent(client, created.id, approval(note)),
        await sendPayerEvent(client, created.id, approval(payersPending.id)),
      ].map(({ status, body }) => `${status} ${body.code}`);
      expect(codes).toEqual([
        '409 file_not_ready',
        '409 file_not_ready',
        '409 file_purpose_mismatch',
        '409 file_purpose_mismatch',
        '409 file_not_ready',
      ]);
    });
  });

  describe('a download', () => {
    const names: readonly (readonly [name: string, shown: string])[] = [
      ['clinical-note.pdf', 'clinical-note.pdf'],
      ['../../../etc/passwd', '_.._.._etc_passwd'],
      ['..\\..\\boot.ini', '_.._boot.ini'],
      ['.htaccess', 'htaccess'],
      ['a"\r\nX-Injected: 1\r\n\r\n<html>.pdf', 'a"X-Injected: 1<html>.pdf'],
      ['say "hi"; filename=evil.exe', 'say "hi"; filename=evil.exe'],
      ['%0d%0aX-Injected: 1', '%0d%0aX-Injected: 1'],
      ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
      ['\u200F\u2066\u2028.pdf', 'pdf'],
      ['con.pdf', 'con.pdf'],
      ["Befund für O'Brien (2026)*.pdf", "Befund für O'Brien (2026)*.pdf"],
      ['検査結果 😀.pdf', '検査結果 😀.pdf'],
      [`${'n'.repeat(251)}.pdf`, 'n'.repeat(200)],
      [`${'n'.repeat(199)}😀.pdf`, `${'n'.repeat(199)}\uFFFD`],
      ['\u0007\u001b[31m', '[31m'],
      ['...', 'file'],
    ];

    test.each(names)(
      'of %j names it in one clean line and stores it under no such name',
      async (fileName, shown) => {
        const client = await server().newOrganization();
        const id = await uploadFile(client, { fileName, contentType: 'text/plain', bytes: Buffer.from('x') });
        expect(await readFile(client, id)).toMatchObject({ fileName });
        const answer = await download(client, id);
        expect([answer.status, await answer.text()]).toEqual([200, 'x']);
        const header = answer.headers.get('content-disposition') ?? '';
        const [, ascii, encoded] =
          /^attachment; filename="([ !#-$&-:<-~]*)"; filename\*=UTF-8''([\w!#$&+.^`|~%-]*)$/.exec(header) ??
          [];
        expect(header).toContain("filename*=UTF-8''");
        expect(decodeURIComponent(encoded ?? '%')).toBe(shown);
        expect(ascii).toBe(shown.replace(/[^ -~]|["%;]/g, '_'));
        expect(answer.headers.get('x-injected')).toBeNull();
        const row = await storedFile(server(), id);
        expect(row?.storageKey).toMatch(/^files\/[0-9a-f-]{36}$/);
      },
    );

    test('carries what keeps a browser from running or keeping it', async () => {
      const client = await server().newOrganization();
      const id = await uploadFile(client, { contentType: 'text/html', bytes: Buffer.from('<script>') });
      const answer = await download(client, id);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/html',
        'content-length': '8',
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'strict-transport-security': expect.stringContaining('max-age='),
      });
    });

    test('needs a bearer of the organization, and every part of the link as it was given', async () => {
      const client = await server().newOrganization();
      const stranger = await server().newOrganization();
      const id = await uploadFile(client);
      const otherId = await uploadFile(client);
      const { downloadUrl } = await readFile(client, id);
      const statusOf = async (url: string, who = client) =>
        (await fetch(url, { headers: { authorization: `Bearer ${who.bearerToken}` } })).status;
      expect(await statusOf(downloadUrl)).toBe(200);
      expect(await statusOf(downloadUrl, stranger)).toBe(404);
      expect((await fetch(downloadUrl)).status).toBe(401);
      expect(await statusOf(downloadUrl.replace(id, otherId))).toBe(403);
      expect(await statusOf(downloadUrl.split('?')[0] ?? '')).toBe(400);

      const link = new URL(downloadUrl);
      const altered = (name: string, value: string) => {
        const url = new URL(link);
        url.searchParams.set(name, value);
        return url.href;
      };
      const expires = link.searchParams.get('expires') ?? '';
      const signature = link.searchParams.get('signature') ?? '';
      const expiries = [`0${expires}`, String(Number(expires) + 1), '999999999999', '0'];
      const others = Array.from(signature, (character, index) => {
        const replaced = character === 'A' ? 'B' : 'A';
        return signature.slice(0, index) + replaced + signature.slice(index + 1);
      });
      const signatures = [...others, '', `${signature}=`, signature.slice(1), signature.toUpperCase()];
      for (const url of [
        ...expiries.map((value) => altered('expires', value)),
        ...signatures.map((value) => altered('signature', value)),
      ]) {
        const answer = await client.send(url, { method: 'GET' });
        expect([answer.status, answer.body.code]).toEqual([403, 'download_link_invalid']);
      }
    });

    test('ends with the link’s five minutes, after which the file gives another link', async () => {
      const client = await server().newOrganization();
      const id = await uploadFile(client);
      const { downloadUrl } = await readFile(client, id);
      const get = (url: string) => client.send(url, { method: 'GET' });
      server().clock.advance(299_000);
      expect((await get(downloadUrl)).status).toBe(200);
      server().clock.advance(2_000);
      const late = await get(downloadUrl);
      expect([late.status, late.body.code]).toEqual([403, 'download_link_invalid']);
      expect((await get((await readFile(client, id)).downloadUrl)).status).toBe(200);
    });
  });
});
