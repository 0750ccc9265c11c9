import { deflateSync } from 'node:zlib';
import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectFile } from './inspect-file.ts';
import { defaultLimits } from './limits.ts';
import { claimJpegSize, makeJpeg, makeSheet, makeTiff } from './test-support/make-images.ts';
import { makePageTreeBomb, makePdf, makeRecursivePdf } from './test-support/make-pdfs.ts';
import { makeTemporaryFiles, type TemporaryFiles } from './test-support/temporary-files.ts';
import type { Inspection } from './types.ts';

let files: TemporaryFiles;

beforeAll(() => {
  files = makeTemporaryFiles();
});
afterAll(() => files.remove());

async function inspect(name: string, bytes: Uint8Array): Promise<Inspection> {
  const { path, mimeType } = files.attach(name, bytes);
  return inspectFile({ path }, mimeType, defaultLimits);
}

/** A PDF whose objects stand in a stream of a few kilobytes that inflates to `size` zeros. */
function objectStreamBomb(size: number, name = '/ObjStm'): Buffer {
  const data = deflateSync(Buffer.alloc(size));
  return Buffer.concat([
    Buffer.from(
      `%PDF-1.7\n1 0 obj\n<< /Type ${name} /N 1 /First 4 /Filter /FlateDecode /Length ${data.length} >>\nstream\n`,
    ),
    data,
    Buffer.from('\nendstream\nendobj\ntrailer\n<< /Root 2 0 R >>\n%%EOF'),
  ]);
}

function contentBomb(size: number): Buffer {
  const data = deflateSync(Buffer.alloc(size, 0x20));
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

describe('inspectFile', () => {
  it('counts the pages of readable files', async () => {
    expect(await inspect('a.pdf', await makePdf(['1', '2', '3']))).toEqual({
      kind: 'readable',
      pageCount: 3,
    });
    expect(await inspect('a.jpg', await makeJpeg(100, 80))).toEqual({ kind: 'readable', pageCount: 1 });
    expect(await inspect('a.png', await makeSheet(100, 80))).toEqual({ kind: 'readable', pageCount: 1 });
    expect(await inspect('a.tiff', makeTiff(7, 10, 10))).toEqual({ kind: 'readable', pageCount: 7 });
  });

  it('tells a password from damage', async () => {
    const document = await PDFDocument.load(await makePdf(['secret']));
    document.encrypt({ userPassword: 'open', ownerPassword: 'own' });
    expect(await inspect('locked.pdf', await document.save())).toEqual({ kind: 'encrypted' });
    expect(await inspect('zip.pdf', Buffer.from('PK\u0003\u0004 a renamed archive'))).toEqual({
      kind: 'damaged',
    });
    expect(await inspect('none.pdf', new Uint8Array())).toEqual({ kind: 'damaged' });
  });

  it('refuses a stream of objects that inflates without bounds', async () => {
    expect(await inspect('bomb.pdf', objectStreamBomb(100_000_000))).toEqual({ kind: 'too_large' });
  });

  it('refuses many streams of objects that are each within bounds', async () => {
    const one = objectStreamBomb(50_000_000);
    const body = one.subarray(9, one.indexOf('trailer'));
    const file = Buffer.concat([Buffer.from('%PDF-1.7\n'), body, body, body, body, one.subarray(9)]);
    expect(await inspect('bomb.pdf', file)).toEqual({ kind: 'too_large' });
  });

  it('refuses a stream that hides its kind behind an escape or a reference', async () => {
    expect(await inspect('bomb.pdf', objectStreamBomb(100_000_000, '/Obj#53tm'))).toEqual({
      kind: 'damaged',
    });
  });

  it('refuses a page whose content inflates without bounds, and takes a large honest one', async () => {
    expect(await inspect('bomb.pdf', contentBomb(100_000_000))).toEqual({ kind: 'too_large' });
    expect(await inspect('large.pdf', contentBomb(20_000_000))).toEqual({ kind: 'readable', pageCount: 1 });
  });

  it('refuses page trees that multiply', async () => {
    expect(await inspect('tree.pdf', await makePageTreeBomb(9))).toEqual({ kind: 'too_large' });
  });

  it('refuses a drawing that draws itself', async () => {
    expect(await inspect('self.pdf', await makeRecursivePdf())).toEqual({ kind: 'damaged' });
  });

  it('refuses a picture of 30,000 by 30,000 pixels before decoding it', async () => {
    const claimed = claimJpegSize(await makeJpeg(100, 100), 30_000, 30_000);
    expect(await inspect('huge.jpg', claimed)).toEqual({ kind: 'too_large' });
  });

  it('refuses a TIFF of 10,000 pages', async () => {
    expect(await inspect('pages.tiff', makeTiff(10_000, 1, 1))).toEqual({ kind: 'too_large' });
  });

  it('refuses a picture that is cut short, or not of its declared type', async () => {
    expect(await inspect('cut.jpg', (await makeJpeg(800, 800)).subarray(0, 2500))).toEqual({
      kind: 'damaged',
    });
    expect(await inspect('png.jpg', await makeSheet(10, 10))).toEqual({ kind: 'damaged' });
  });

  it('rejects when there is no file', async () => {
    await expect(inspectFile({ path: '/nowhere/x.pdf' }, 'application/pdf', defaultLimits)).rejects.toThrow(
      'ENOENT',
    );
  });
});
