import { beforeAll, describe, expect, test, vi } from 'vitest';
import { makeJpeg, makeSheet, makeTiff } from '../../src/documents/test-support/make-images.ts';
import { makeGzip, makeTar, makeZip } from '../../src/files/test-support/make-archives.ts';
import type { ApiClient } from '../support/api/api-client.ts';
import { succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { completeFile, openSession, putBytes, readFile, storedBlobs } from '../support/api/upload-session.ts';

const server = useTestServer();

const text = (content: string) => Buffer.from(content, 'latin1');
const program = Buffer.concat([text('MZ\x90\0'), Buffer.alloc(500)]);
const zip = makeZip({ 'run.exe': program });
const jar = makeZip({
  'META-INF/MANIFEST.MF': text('Manifest-Version: 1.0'),
  'Run.class': text('\xca\xfe\xba\xbe'),
});
const rar = Buffer.concat([text('Rar!\x1a\x07\x01\0'), Buffer.alloc(200)]);
const sevenZip = Buffer.concat([text('7z\xbc\xaf\x27\x1c\0\x04'), Buffer.alloc(200)]);
const html = text('<html><script>alert(1)</script></html>');
const svg = text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');

let pdf: Buffer;
let png: Buffer;
let jpeg: Buffer;
const tiff = makeTiff(1, 8, 8);
beforeAll(async () => {
  pdf = Buffer.from(await samplePdf());
  png = await makeSheet(8, 8);
  jpeg = await makeJpeg(8, 8);
});

/** The picture with a comment behind its first marker. */
function withComment(comment: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(comment.length + 2);
  return Buffer.concat([text('\xff\xd8\xff\xfe'), length, text(comment), jpeg.subarray(2)]);
}

/** The picture with a text chunk in front of its pixels; what checks pictures alone would not look into it. */
function withText(content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([
    png.subarray(0, 33),
    length,
    text('tEXt'),
    text(content),
    Buffer.alloc(4),
    png.subarray(33),
  ]);
}

const after = (head: string, rest: Uint8Array) => Buffer.concat([text(head), rest]);

type Disguise = readonly [what: string, declared: string, make: () => Uint8Array];

/** Under the name of a document. */
const mismatches: readonly Disguise[] = [
  ['HTML', 'application/pdf', () => html],
  ['HTML that mentions a PDF', 'application/pdf', () => after('<html>%PDF-1.7', pdf)],
  ['SVG', 'application/pdf', () => svg],
  ['RTF', 'application/pdf', () => text('{\\rtf1 %PDF-1.7}')],
  ['PostScript', 'application/pdf', () => text('%!PS-Adobe-3.0\n%PDF-1.7')],
  ['a Word document', 'application/pdf', () => text('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
  ['a ZIP', 'application/pdf', () => zip],
  ['a ZIP with a PDF behind it', 'application/pdf', () => Buffer.concat([zip, pdf])],
  ['a compressed PDF', 'application/pdf', () => makeGzip(pdf)],
  ['a tape archive whose first file is called like a PDF', 'application/pdf', () => makeTar('%PDF-1.7', pdf)],
  ['a program for Windows', 'application/pdf', () => program],
  ['a program for Windows with a PDF in its first kilobyte', 'application/pdf', () => after('MZ\0\0', pdf)],
  ['a program for Linux', 'application/pdf', () => after('\x7fELF\x02\x01', pdf)],
  ['a program for macOS', 'application/pdf', () => after('\xcf\xfa\xed\xfe', pdf)],
  ['a shell script', 'application/pdf', () => after('#!/bin/sh\n', pdf)],
  ['a script with the PDF in a comment', 'application/pdf', () => after('/*', pdf)],
  ['a PDF behind a byte order mark', 'application/pdf', () => after('\xef\xbb\xbf', pdf)],
  [
    'a PDF that is a page as well',
    'application/pdf',
    () => after('%PDF-1.7\n%<html><script>1</script>\n', pdf),
  ],
  ['a PDF that is a PHP script as well', 'application/pdf', () => after('%PDF-1.7\n%<?php 1 ?>\n', pdf)],
  ['a PDF with a ZIP behind it', 'application/pdf', () => Buffer.concat([pdf, zip])],
  [
    'a PDF with a ZIP behind it and an end of a PDF',
    'application/pdf',
    () => Buffer.concat([pdf, zip, text('\n%%EOF\n')]),
  ],
  ['a PDF with a RAR behind it', 'application/pdf', () => Buffer.concat([pdf, rar])],
  ['a PDF with a 7z behind it', 'application/pdf', () => Buffer.concat([pdf, sevenZip])],
  ['a PNG', 'application/pdf', () => png],
  ['SVG', 'image/png', () => svg],
  ['HTML', 'image/png; charset=binary', () => html],
  ['a JPEG', 'image/png', () => jpeg],
  ['a GIF', 'image/png', () => text('GIF89a/*')],
  ['a PNG with a JAR behind it', 'image/png', () => Buffer.concat([png, jar])],
  ['a PNG that is a page as well', 'image/png', () => withText('<script>alert(1)</script>')],
  ['a PNG', 'image/jpeg', () => png],
  ['a GIF with a JAR behind it', 'image/jpeg', () => Buffer.concat([text('GIF89a'), jar])],
  ['a JPEG with a JAR behind it', 'image/jpeg', () => Buffer.concat([jpeg, jar])],
  ['a JPEG with a RAR behind it', 'image/jpeg', () => Buffer.concat([jpeg, rar])],
  ['a JPEG that is a page as well', 'image/jpeg', () => withComment('<body onload=alert(1)>')],
  ['a JPEG that is a PHP script as well', 'image/jpeg', () => withComment('<?php system(1); ?>')],
  [
    'a JPEG that is a script as well',
    'image/jpeg',
    () => after('\xff\xd8\xff\xe0/*JFIF\0*/=1;alert(1)//', jpeg),
  ],
  ['a WebP', 'image/jpeg', () => text('RIFF\x24\0\0\0WEBPVP8 ')],
  ['a PDF', 'image/tiff', () => pdf],
  ['a BigTIFF', 'image/tiff', () => text('II+\0\x08\0\0\0')],
  ['a TIFF with a ZIP behind it', 'image/tiff', () => Buffer.concat([tiff, zip])],
];

/** Under a name that no packet holds. */
const refused: readonly Disguise[] = [
  ['a ZIP', 'application/zip', () => zip],
  ['a ZIP', 'text/plain', () => zip],
  ['a JAR', 'application/java-archive', () => jar],
  [
    'a Word document of today',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    () => zip,
  ],
  ['a tape archive', 'application/x-tar', () => makeTar('note.txt', text('x'))],
  ['a compressed file', 'application/gzip', () => makeGzip(pdf)],
  ['a program', 'application/octet-stream', () => program],
  ['a text with a ZIP behind it', 'text/plain', () => Buffer.concat([text('A note.\n'), zip])],
  ['a page with a RAR behind it', 'text/html', () => Buffer.concat([html, rar])],
];

async function expectRefusal(
  client: ApiClient,
  [, contentType, make]: Disguise,
  code: string,
): Promise<void> {
  const session = await openSession(client, { contentType });
  const answer = await putBytes(client, session, make());
  expect([answer.status, answer.body.code]).toEqual([409, code]);
  expect(await readFile(client, session.id)).toMatchObject({ status: 'pending_upload', sizeBytes: null });
  expect((await completeFile(client, session.id)).body.code).toBe('file_not_uploaded');
  await vi.waitFor(async () => expect(await storedBlobs(server())).toEqual([]), { timeout: 10_000 });
}

describe('bytes that are not what they are called', () => {
  test.each(mismatches)('%s under the name %s are refused and not kept', async (...disguise) => {
    await expectRefusal(await server().newOrganization(), disguise, 'file_content_type_mismatch');
  });

  test.each(refused)('%s under the name %s is refused and not kept', async (...disguise) => {
    await expectRefusal(await server().newOrganization(), disguise, 'unsupported_attachment_mime_type');
  });
});

describe('bytes that are what they are called', () => {
  const genuine: readonly Disguise[] = [
    ['a PDF', 'application/pdf', () => pdf],
    ['a PDF behind white space', 'application/pdf', () => after(' \r\n', pdf)],
    ['a PDF with zeros behind it', 'application/pdf', () => Buffer.concat([pdf, Buffer.alloc(2_000)])],
    [
      'a PDF that speaks of archives',
      'application/pdf',
      () => after('%PDF-1.7\n% PK\x03\x04 and PK\x05\x06\n', pdf),
    ],
    [
      'a PDF with metadata at its beginning',
      'application/pdf',
      () => after('%PDF-1.7\n%<?xpacket?><x:xmpmeta><rdf:RDF>\n', pdf),
    ],
    ['a JPEG', 'image/jpeg', () => jpeg],
    ['a JPEG with a comment', 'image/jpeg', () => withComment('Scanned on 2026-03-13')],
    ['a PNG', 'image/png', () => png],
    ['a TIFF', 'image/tiff', () => tiff],
    ['a text', 'text/plain', () => text('A note.')],
  ];

  test.each(genuine)('%s as %s are taken', async (_what, contentType, make) => {
    const client = await server().newOrganization();
    const session = await openSession(client, { contentType });
    succeed(await putBytes(client, session, make()));
    expect(await readFile(client, session.id)).toMatchObject({ status: 'uploaded' });
  });
});
