import { crc32, deflateSync } from 'node:zlib';
import { PDFDocument } from '@cantoo/pdf-lib';
import { describe, expect, test } from 'vitest';
import { claimJpegSize, makeJpeg, makeTiff } from '../../src/documents/test-support/make-images.ts';
import { makePageTreeBomb, makeRecursivePdf } from '../../src/documents/test-support/make-pdfs.ts';
import { succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { completeFile, openSession, putBytes, readFile, storedFile } from '../support/api/upload-session.ts';

const server = useTestServer();

/** A PNG that claims so many pixels and holds none. */
function claimPngSize(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunks = [
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    pngChunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}

async function manyPages(count: number): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  for (let page = 0; page < count; page += 1) document.addPage([10, 10]);
  return document.save();
}

/** A page whose content inflates to so many bytes. */
function contentBomb(bytes: number): Buffer {
  const data = deflateSync(Buffer.alloc(bytes, 0x20));
  return Buffer.concat([
    Buffer.from(
      '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n' +
        '3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>\nendobj\n' +
        `4 0 obj\n<< /Filter /FlateDecode /Length ${data.length} >>\nstream\n`,
    ),
    data,
    Buffer.from('\nendstream\nendobj\ntrailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF'),
  ]);
}

type Bomb = readonly [
  what: string,
  contentType: string,
  make: () => Uint8Array | Promise<Uint8Array>,
  problem: string,
];

const bombs: readonly Bomb[] = [
  [
    'a JPEG of 30,000 by 30,000 pixels',
    'image/jpeg',
    async () => claimJpegSize(await makeJpeg(100, 100), 30_000, 30_000),
    'too_large',
  ],
  ['a PNG of 30,000 by 30,000 pixels', 'image/png', () => claimPngSize(30_000, 30_000), 'too_large'],
  ['a TIFF of 10,000 pages', 'image/tiff', () => makeTiff(10_000, 1, 1), 'too_large'],
  ['a PDF that inflates to 500 MB', 'application/pdf', () => contentBomb(500_000_000), 'too_large'],
  ['a PDF of 10,000 pages', 'application/pdf', () => manyPages(10_000), 'too_large'],
  ['a PDF whose tree makes a billion pages', 'application/pdf', () => makePageTreeBomb(9), 'too_large'],
  ['a PDF with a drawing that draws itself', 'application/pdf', makeRecursivePdf, 'damaged'],
];

describe('a file made to exhaust the server', () => {
  test.each(bombs)(
    '%s is told within five seconds of work, and the server goes on',
    { timeout: 120_000 },
    async (_what, contentType, make, problem) => {
      const client = await server().newOrganization();
      const session = await openSession(client, { contentType });
      succeed(await putBytes(client, session, await make()));
      // Workers are up, so that the time measured is the file's.
      const warm = await openSession(client);
      succeed(await putBytes(client, warm, await samplePdf()));
      succeed(await completeFile(client, warm.id));
      const startedAt = performance.now();
      succeed(await completeFile(client, session.id));
      // The limit is five seconds of a worker; the rest is a busy machine.
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      expect(await storedFile(server(), session.id)).toMatchObject({ problem });
      expect(await readFile(client, session.id)).toMatchObject({ status: 'ready' });
      expect((await client.call('GET', '/health')).status).toBe(200);
    },
  );
});
