import { crc32, deflateSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { makeRecursivePdf } from '../../src/documents/test-support/make-pdfs.ts';
import type { ApiClient } from '../support/api/api-client.ts';
import { attach } from '../support/api/case-record.ts';
import { createCase, succeed, uploadFile } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { completeFile, openSession, putBytes, storedFile } from '../support/api/upload-session.ts';

/** Far more than the four and a half seconds after which an inspection is killed: the machine has other things to do. */
const refusedWithinMs = 15_000;

const server = useTestServer();
let client: ApiClient;
beforeAll(async () => {
  client = await server().newOrganization();
  // Starting a document process is not what is measured.
  await uploadFile(client);
});

test.each<[string, string, string, () => Uint8Array | Promise<Uint8Array>]>([
  ['a page that inflates to 200 MB', 'too_large', 'application/pdf', () => flateBomb(200_000_000)],
  ['a picture of 30,000 by 30,000 pixels', 'too_large', 'image/png', () => blackPng(30_000)],
  ['100,000 pages', 'too_large', 'application/pdf', () => manyPages(100_000)],
  ['a drawing that draws itself', 'damaged', 'application/pdf', makeRecursivePdf],
])(
  'refuses %s in time, and answers others meanwhile',
  { timeout: 120_000 },
  async (_what, problem, contentType, make) => {
    const bytes = await make();
    const session = await openSession(client, { contentType, fileName: 'upload' });
    expect((await putBytes(client, session, bytes)).status).toBe(204);

    const began = performance.now();
    const completing = completeFile(client, session.id);
    const slowestMs = await watchHealth(completing);
    const completed = await completing;
    const tookMs = performance.now() - began;

    expect(completed.status).toBe(200);
    expect((await storedFile(server(), session.id))?.problem).toBe(problem);
    expect(tookMs).toBeLessThan(refusedWithinMs);
    expect(slowestMs).toBeLessThan(5_000);
    const { id } = await createCase(client, { ready: true });
    succeed(await attach(client, id, { fileId: session.id, label: 'A trap' }));
    const shown = succeed(await client.call('GET', `/v1/prior-auth/authorizations/${id}`));
    expect(shown.actions).toMatchObject([{ code: 'attachment_unreadable', status: 'open' }]);
  },
);

/** How long the slowest answer of `/health` took while the work went on. */
async function watchHealth(work: Promise<unknown>): Promise<number> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  let slowestMs = 0;
  while (!isDone) {
    const asked = performance.now();
    expect((await client.call('GET', '/health')).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - asked);
  }
  await done;
  return slowestMs;
}

function pdf(objects: readonly (string | Buffer)[]): Buffer {
  const body = objects.map((object, index) =>
    Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n')]),
  );
  return Buffer.concat([
    Buffer.from('%PDF-1.7\n'),
    ...body,
    Buffer.from(`trailer\n<< /Root 1 0 R /Size ${objects.length + 1} >>\n%%EOF`),
  ]);
}

const catalog = '<< /Type /Catalog /Pages 2 0 R >>';
const page = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>';

function flateBomb(size: number): Buffer {
  const data = deflateSync(Buffer.alloc(size, 0x20));
  const stream = Buffer.concat([
    Buffer.from(`<< /Filter /FlateDecode /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from('\nendstream'),
  ]);
  const pages = '<< /Type /Pages /Kids [3 0 R] /Count 1 >>';
  return pdf([catalog, pages, page.replace(' >>', ' /Contents 4 0 R >>'), stream]);
}

function manyPages(count: number): Buffer {
  const kids = Array.from({ length: count }, (_, index) => `${index + 3} 0 R`).join(' ');
  return pdf([catalog, `<< /Type /Pages /Kids [${kids}] /Count ${count} >>`, ...Array(count).fill(page)]);
}

/** A real one of one bit a pixel: some hundred kilobytes that decode to as many megabytes. */
function blackPng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const rows = Buffer.alloc(side * (1 + Math.ceil(side / 8)));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
