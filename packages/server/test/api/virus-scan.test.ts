import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { makeZip } from '../../src/files/test-support/make-archives.ts';
import type { ApiClient } from '../support/api/api-client.ts';
import { attach, sendPayerEvent } from '../support/api/case-record.ts';
import { approval, createCase, createCaseInState, succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import {
  completeFile,
  openSession,
  pdfLikeBytes,
  putBytes,
  readFile,
  storedBlobs,
} from '../support/api/upload-session.ts';
import { type ClamdBehaviour, eicar, type FakeClamd, startFakeClamd } from '../support/clamd/fake-clamd.ts';

const day = 24 * 3_600_000;
// Before the server, which has to know its port.
let clamd: FakeClamd = await startFakeClamd();
const { port } = clamd;
afterEach(() => {
  clamd.behaviour = 'scan';
  clamd.maximumBytes = 30 * 1024 * 1024;
});
afterAll(() => clamd.close());

const server = useTestServer({
  settings: { PRECERT_CLAMD_URL: `tcp://127.0.0.1:${port}` },
  overrides: { scanMs: 3_000 },
});

async function upload(client: ApiClient, bytes: Uint8Array, request = {}): Promise<string> {
  const session = await openSession(client, request);
  succeed(await putBytes(client, session, bytes));
  return session.id;
}

const asText = { contentType: 'text/plain' };

describe('an upload', () => {
  test('that the scanner calls clean becomes ready, and the scanner saw every byte of it', async () => {
    const client = await server().newOrganization();
    const bytes = Buffer.from(await samplePdf());
    const id = await upload(client, bytes);
    expect((await completeFile(client, id)).body).toMatchObject({ status: 'ready' });
    expect(clamd.streams.at(-1)?.equals(bytes)).toBe(true);
  });

  test('of 25 MiB reaches the scanner whole', { timeout: 60_000 }, async () => {
    const client = await server().newOrganization();
    const bytes = pdfLikeBytes(25 * 1024 * 1024);
    const id = await upload(client, bytes, asText);
    await completeFile(client, id);
    expect(clamd.streams.at(-1)?.equals(bytes)).toBe(true);
  });

  test.each(['authorization_attachment', 'sandbox_payer_document'])(
    'as %s in which it finds something fails for good, and its bytes go',
    async (purpose) => {
      const client = await server().newOrganization();
      const id = await upload(client, Buffer.concat([Buffer.from('A note. '), eicar]), {
        ...asText,
        purpose,
      });
      const refused = await completeFile(client, id);
      expect([refused.status, refused.body.code, refused.body.retryable]).toEqual([
        409,
        'file_infected',
        false,
      ]);
      expect(JSON.stringify(refused.body)).not.toContain('Eicar');
      expect(await readFile(client, id)).toMatchObject({
        status: 'failed',
        downloadUrl: null,
        completedAt: null,
      });
      await vi.waitFor(async () =>
        expect(await storedBlobs(server())).not.toContainEqual(expect.stringContaining(id)),
      );
      const again = await completeFile(client, id);
      const put = await client.send(`/v1/files/${id}/content`, {
        method: 'PUT',
        headers: { 'content-type': 'text/plain' },
        body: 'clean',
      });
      expect([again.body.code, put.status, put.body.code]).toEqual(['file_infected', 409, 'file_infected']);
      expect(server().logged()).toContain('Eicar-Test-Signature');
    },
  );

  test('that failed is no attachment and no payer’s document, and is gone after a day', async () => {
    const client = await server().newOrganization();
    const blobs = await storedBlobs(server());
    const id = await upload(client, eicar, asText);
    const payers = await upload(client, eicar, { ...asText, purpose: 'sandbox_payer_document' });
    for (const one of [id, payers]) await completeFile(client, one);
    expect(await storedBlobs(server())).toEqual(blobs);
    const { id: open } = await createCase(client);
    const { id: pending } = await createCaseInState(client, 'pending_payer');
    expect((await attach(client, open, { fileId: id, label: 'Note' })).body.code).toBe('file_not_ready');
    expect((await sendPayerEvent(client, pending, approval(payers))).body.code).toBe('file_not_ready');
    await server().app.jobs.sweep();
    expect((await client.call('GET', `/v1/files/${id}`)).status).toBe(200);
    server().clock.advance(day + 1_000);
    await server().app.jobs.sweep();
    expect((await client.call('GET', `/v1/files/${id}`)).status).toBe(404);
  });

  test('that goes beyond the scanner’s limits is not clean', async () => {
    const client = await server().newOrganization();
    clamd.behaviour = 'exceeds';
    const id = await upload(client, await samplePdf());
    const refused = await completeFile(client, id);
    expect([refused.status, refused.body.code]).toEqual([409, 'file_infected']);
    expect(refused.body.message).toContain('could not look through all');
    expect(await readFile(client, id)).toMatchObject({ status: 'failed' });
  });

  test('that holds a virus in an archive in a PDF is refused for what it hides', async () => {
    const client = await server().newOrganization();
    const document = await PDFDocument.load(await samplePdf());
    await document.attach(makeZip({ 'eicar.com': eicar }), 'letters.zip');
    const id = await upload(client, await document.save());
    const refused = await completeFile(client, id);
    expect(refused.status).toBe(409);
    expect(['file_active_content', 'file_infected']).toContain(refused.body.code);
    expect(await readFile(client, id)).toMatchObject({ status: 'failed' });
  });
});

describe('a scanner without a verdict', () => {
  const behaviours: readonly ClamdBehaviour[] = ['hang', 'reset', 'close', 'garbage', 'error', 'endless'];

  test.each(behaviours)(
    'that answers with %s leaves the file as it was, to be completed later',
    async (behaviour) => {
      const client = await server().newOrganization();
      const id = await upload(client, await samplePdf());
      clamd.behaviour = behaviour;
      const answer = await completeFile(client, id);
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        503,
        'service_unavailable',
        '10',
      ]);
      expect(await readFile(client, id)).toMatchObject({ status: 'uploaded', downloadUrl: null });
      clamd.behaviour = 'scan';
      expect((await completeFile(client, id)).body).toMatchObject({ status: 'ready' });
    },
  );

  test('because the stream is longer than it takes leaves the file as it was', async () => {
    const client = await server().newOrganization();
    const id = await upload(client, pdfLikeBytes(3 * 1024 * 1024), asText);
    clamd.maximumBytes = 1024 * 1024;
    const answer = await completeFile(client, id);
    expect([answer.status, answer.body.code]).toEqual([503, 'service_unavailable']);
    expect(await readFile(client, id)).toMatchObject({ status: 'uploaded' });
    expect(server().logged()).toContain('an upload could not be scanned');
  });

  test('because it is not there leaves the file as it was', async () => {
    const client = await server().newOrganization();
    const id = await upload(client, await samplePdf());
    await clamd.close();
    const answer = await completeFile(client, id);
    clamd = await startFakeClamd(port);
    expect([answer.status, answer.body.code]).toEqual([503, 'service_unavailable']);
    expect((await completeFile(client, id)).body).toMatchObject({ status: 'ready' });
  });
});

test('bytes that are replaced while they are scanned are not made ready by the verdict on the others', async () => {
  const client = await server().newOrganization();
  const session = await openSession(client, asText);
  succeed(await putBytes(client, session, Buffer.from('clean')));
  const { scanner } = server().app.priorAuthorization.files;
  if (scanner === undefined) throw new Error('The server scans.');
  const scan = scanner.scan.bind(scanner);
  const replacing = vi.spyOn(scanner, 'scan').mockImplementationOnce(async (content) => {
    const verdict = await scan(content);
    succeed(await putBytes(client, session, eicar));
    return verdict;
  });
  const completed = await completeFile(client, session.id);
  replacing.mockRestore();
  expect([completed.status, completed.body.code]).toEqual([409, 'file_infected']);
});
