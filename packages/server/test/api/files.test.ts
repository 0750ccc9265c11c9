import { describe, expect, test, vi } from 'vitest';
import { makeJpeg, makeSheet, makeTiff } from '../../src/documents/test-support/make-images.ts';
import { makePageTreeBomb } from '../../src/documents/test-support/make-pdfs.ts';
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
import { useTestServer } from '../support/api/test-server.ts';
import { damagedPdf, encryptedPdf } from '../support/api/unreadable-documents.ts';
import {
  beginPut,
  completeFile,
  downloadBytes,
  openSession,
  pdfLikeBytes,
  putBytes,
  putStream,
  readFile,
  repeated,
  sha256,
  storedBlobs,
  storedFile,
} from '../support/api/upload-session.ts';

const maximumBytes = 25 * 1024 * 1024;
const slow = 120_000;

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
      expect(answer.body.code).toBe('validation_error');
      expect(answer.body.issues).toContainEqual(expect.objectContaining({ field, code }));
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
      const connection = beginPut(
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
      const connection = beginPut(
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
      expect((await completeFile(client, session.id)).body.code).toBe('file_not_uploaded');
    });

    test('beyond its declared length is no part of the file', async () => {
      const client = await server().newOrganization();
      const declared = pdfLikeBytes(1_000);
      const surplus = Buffer.from('surplus\r\n\r\n');
      const headers = `Content-Type: application/pdf\r\nContent-Length: ${declared.length}\r\n`;
      const session = await openSession(client);
      const connection = beginPut(server(), client, session, headers).send(declared);
      expect(await connection.answers(1)).toMatchObject([{ status: 204 }]);
      await connection.send(surplus).closed;
      expect(await connection.answers(2)).toMatchObject([{ status: 204 }, { status: 400 }]);
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
      const connection = beginPut(server(), client, session, `Content-Type: application/pdf\r\n${framing}`);
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
        const connection = beginPut(server(), client, session, `${types}Content-Length: 10\r\n`).send(body);
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
      succeed(await completeFile(client, session.id));
      expect(sha256(await downloadBytes(client, session.id))).toBe(sha256(pdfLikeBytes(700, 'b')));
      expect(await storedBlobs(server())).toHaveLength(blobs.length + 1);
    });

    test('sent many times at once becomes one content whose hash matches, and nothing else is kept', async () => {
      const client = await server().newOrganization();
      const blobs = await storedBlobs(server());
      const session = await openSession(client);
      const contents = Array.from('abcdefgh', (fill) => pdfLikeBytes(200_000, fill));
      const answers = await Promise.all(contents.map((bytes) => putBytes(client, session, bytes)));
      expect(answers.map(({ status }) => status)).toEqual(contents.map(() => 204));
      succeed(await completeFile(client, session.id));
      const kept = await downloadBytes(client, session.id);
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
          completeFile(client, session.id),
          putBytes(client, session, second),
        ]);
        expect([204, 409]).toContain(put.status);
        if (completed.status !== 200) expect(completed.body.code).toBe('file_not_uploaded');
        succeed(await completeFile(client, session.id));
        const kept = await downloadBytes(client, session.id);
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
  });

  describe('completion', () => {
    test('before the bytes is 409', async () => {
      const client = await server().newOrganization();
      const { id } = await openSession(client);
      const answer = await completeFile(client, id);
      expect([answer.status, answer.body.code]).toEqual([409, 'file_not_uploaded']);
      expect(await readFile(client, id)).toMatchObject({ status: 'pending_upload', completedAt: null });
    });

    test('makes the file ready, once, however often it is asked for', async () => {
      const client = await server().newOrganization();
      const session = await openSession(client);
      const bytes = await samplePdf();
      succeed(await putBytes(client, session, bytes));
      expect(await readFile(client, session.id)).toMatchObject({ status: 'uploaded', downloadUrl: null });
      const atOnce = await Promise.all(Array.from({ length: 5 }, () => completeFile(client, session.id)));
      const completedAt = server().clock.now().toISOString();
      server().clock.advance(60_000);
      for (const answer of [...atOnce, await completeFile(client, session.id)]) {
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
    test('takes notes of at most 8 KiB with it', async () => {
      const client = await server().newOrganization();
      const { id } = await createCase(client);
      const fileId = await uploadFile(client);
      const withNotes = (size: number) =>
        attach(client, id, {
          fileId,
          label: 'Note',
          metadata: { note: 'n'.repeat(size - '{"note":""}'.length) },
        });
      expect((await withNotes(8_192)).status).toBe(201);
      const refused = await withNotes(8_193);
      expect(refused).toMatchObject({
        status: 400,
        body: { issues: [{ field: 'metadata', code: 'too_big' }] },
      });
    });

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
});
