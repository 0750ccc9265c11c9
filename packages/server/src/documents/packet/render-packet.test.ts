import { randomBytes } from 'node:crypto';
import { PDFDocument, PDFName } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../limits.ts';
import { makeCmykJpeg, makeJpeg, makeSheet, makeTiff } from '../test-support/make-images.ts';
import {
  makeActivePdf,
  makeFilledForm,
  makePdf,
  makeRecursivePdf,
  makeRotatedPdf,
  makeUndrawnForm,
} from '../test-support/make-pdfs.ts';
import { makePacketRequest, sampleCase } from '../test-support/make-requests.ts';
import { inkShare, pageSizes, pageTexts } from '../test-support/read-pdf.ts';
import { makeTemporaryFiles, type TemporaryFiles } from '../test-support/temporary-files.ts';
import { type FontLibrary, openFontLibrary } from '../text/font-library.ts';
import type { PacketAttachment, PacketRequest } from '../types.ts';
import { renderPacket } from './render-packet.ts';

let fonts: FontLibrary;
let files: TemporaryFiles;

beforeAll(async () => {
  fonts = await openFontLibrary();
  files = makeTemporaryFiles();
});
afterAll(() => files.remove());

async function render(attachments: readonly PacketAttachment[], overrides: Partial<PacketRequest> = {}) {
  const { form, packet } = await renderPacket(
    makePacketRequest(attachments, {}, overrides),
    fonts,
    defaultLimits,
  );
  return { form, packet, texts: pageTexts(packet.bytes), sizes: pageSizes(packet.bytes) };
}

describe('the cover sheet', () => {
  it('names the parties, the case, the patient, the service and the number of pages', async () => {
    const { texts, packet } = await render([], { submissionNumber: 3 });
    const expected = [
      'Acme Health',
      '+1 800 555 0142',
      'Alicia Gomez',
      '415-555-0102',
      '415-555-0101',
      'auth_test01',
      '3 (replaces what was sent before)',
      'Jane Doe',
      'May 9, 1988',
      'W123456789',
      'Adakveo, J0791 (HCPCS)',
      `${packet.pageCount}, this one included`,
      'Mar 13, 2026, 14:05 UTC',
      'Confidential',
    ];
    for (const value of expected) expect(texts[0]).toContain(value);
    expect(texts[0]).not.toContain('EXPEDITED');
  });

  it('shouts when the request is expedited', async () => {
    const { texts } = await render([], { case: { ...sampleCase, urgency: 'expedited' } });
    expect(texts[0]).toContain('EXPEDITED REQUEST');
  });

  it('stands alone without contents when there is at most one attachment', async () => {
    const { texts } = await render([files.attach('note.pdf', await makePdf(['only page']))]);
    expect(texts).toHaveLength(3);
    expect(texts[1]).toContain('The only question');
  });
});

describe('the packet', () => {
  it('prints page n of m and the case on every page', async () => {
    const { texts } = await render([
      files.attach('a.pdf', await makePdf(['one', 'two'])),
      files.attach('b.png', await makeSheet(300, 400)),
    ]);
    texts.forEach((text, index) => {
      expect(text).toContain(`Page ${index + 1} of ${texts.length}`);
      expect(text).toContain('Case auth_test01');
    });
  });

  it('lists each part in the contents with the page it really begins on', async () => {
    const attachments = [];
    for (let index = 0; index < 40; index += 1) {
      const pages = Array.from({ length: 1 + (index % 3) }, (_, page) => `content ${index} page ${page}`);
      attachments.push({ ...files.attach(`f${index}.pdf`, await makePdf(pages)), label: `Part <${index}>` });
    }
    const { texts } = await render(attachments);
    const contents = texts
      .slice(
        1,
        texts.findIndex((text) => text.includes('The only question')),
      )
      .join(' ');
    attachments.forEach((_, index) => {
      const startPage = texts.findIndex((text) => text.includes(`content ${index} page 0`)) + 1;
      expect(contents).toContain(
        `${index + 1}. Part <${index}> ${startPage} ${1 + (index % 3)} f${index}.pdf`,
      );
    });
    expect(texts[1]).toContain('Contents');
    expect(texts[2]).toMatch(/f39\.pdf|Part </);
  });

  it('heads each attached page with its label, in any script', async () => {
    const attachment = {
      ...files.attach('a.pdf', await makePdf(['x', 'y'])),
      label: 'История болезни 王小明',
    };
    const { texts } = await render([attachment]);
    expect(texts[2]).toContain('Attachment 1 of 1: История болезни 王小明 · a.pdf · page 1 of 2');
    expect(texts[3]).toContain('page 2 of 2');
  });

  it('respects rotation and paper size, and brings a plan down to Letter', async () => {
    const { sizes, texts } = await render([
      files.attach('turned.pdf', await makeRotatedPdf(90)),
      files.attach('a4.pdf', await makePdf(['a4'], [595, 842])),
      files.attach('plan.pdf', await makePdf(['plan'], [3000, 2000])),
    ]);
    expect(sizes.slice(-3)).toEqual([
      [752, 572],
      [595, 842],
      [792, 612],
    ]);
    expect(texts.at(-3)).toContain('turned 90');
  });

  it('shows what was filled into an attached form, drawn or left to the viewer', async () => {
    const { texts } = await render([
      files.attach('filled.pdf', await makeFilledForm()),
      files.attach('undrawn.pdf', await makeUndrawnForm()),
    ]);
    expect(texts.at(-2)).toContain('Filled by the clinic');
    expect(texts.at(-1)).toContain('Value left to the viewer');
  });

  it('carries no script, action, link or embedded file along', async () => {
    const { packet, texts } = await render([files.attach('active.pdf', await makeActivePdf())]);
    const loaded = await PDFDocument.load(packet.bytes);
    const objects = loaded.context
      .enumerateIndirectObjects()
      .map(([, object]) => object.toString())
      .join('\n');
    expect(texts.at(-1)).toContain('active content');
    expect(objects).not.toMatch(/JavaScript|Launch|OpenAction|EmbeddedFile|Annots|\/AA/);
    expect(loaded.catalog.has(PDFName.of('Names'))).toBe(false);
  });

  it('gives form and packet in one go, the form with its own page numbers', async () => {
    const { form } = await render([files.attach('a.pdf', await makePdf(['one']))]);
    expect(pageTexts(form.bytes)[0]).toContain('Page 1 of 1');
  });

  it('gives the same bytes for the same request', async () => {
    const attachments = [
      files.attach('a.pdf', await makePdf(['one'])),
      files.attach('b.jpg', await makeJpeg(400, 500, 6)),
      files.attach('c.tiff', makeTiff(2, 50, 60)),
    ];
    const first = await render(attachments, { draft: true, sandbox: true });
    const second = await render(attachments, { draft: true, sandbox: true });
    expect(second.packet.sha256).toBe(first.packet.sha256);
  });

  it('takes an attachment of 5 MB', async () => {
    const document = await PDFDocument.create();
    const image = await document.embedJpg(await noiseJpeg(2700, 2700));
    document.addPage([612, 792]).drawImage(image, { x: 0, y: 0, width: 612, height: 792 });
    const bytes = await document.save();
    expect(bytes.length).toBeGreaterThan(5_000_000);
    const { packet } = await render([files.attach('big.pdf', bytes)]);
    expect(packet.problems).toEqual([]);
    expect(packet.bytes.length).toBeGreaterThan(bytes.length);
    expect(packet.bytes.length).toBeLessThan(bytes.length + 100_000);
  });
});

async function noiseJpeg(width: number, height: number): Promise<Buffer> {
  const raw = randomBytes(width * height * 3);
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

describe('images', () => {
  // The block in the upper left of the sheet, on a Letter page inside its frame.
  const upperLeft = [60, 60, 40, 20] as const;
  const upperRight = [512, 60, 40, 20] as const;

  it('reports the label of an attachment that no font has', async () => {
    const attachment = { ...(await files.attach('photo.jpg', await makeJpeg(100, 76, 1))), label: 'ꦱꦸꦏꦂꦤ' };
    const { packet } = await render([attachment]);
    expect(packet.problems).toMatchObject([{ subject: 'auth_test01', code: 'unprintable_text' }]);
  });

  it('turns a photo by its orientation', async () => {
    const { packet, sizes } = await render([files.attach('photo.jpg', await makeJpeg(1000, 760, 6))]);
    const [width = 0, height = 0] = sizes.at(-1) ?? [];
    expect(height).toBeGreaterThan(width);
    expect(inkShare(packet.bytes, packet.pageCount, [540, 60, 20, 20])).toBe(1);
    expect(inkShare(packet.bytes, packet.pageCount, upperLeft)).toBe(0);
  });

  it('shows a CMYK picture in its true colors', async () => {
    const { packet } = await render([files.attach('print.jpg', await makeCmykJpeg(850, 1100))]);
    expect(packet.problems).toEqual([]);
    expect(inkShare(packet.bytes, packet.pageCount, upperLeft)).toBe(1);
    expect(inkShare(packet.bytes, packet.pageCount, upperRight)).toBe(0);
  });

  it('makes a page of every page of a TIFF', async () => {
    const { texts, packet } = await render([files.attach('fax.tiff', makeTiff(5, 85, 110))]);
    expect(packet.problems).toEqual([]);
    expect(texts.slice(-5).map((text) => /page \d of 5/.exec(text)?.[0])).toEqual(
      [1, 2, 3, 4, 5].map((n) => `page ${n} of 5`),
    );
  });

  it('does not pass on what a camera wrote beside the picture', async () => {
    const { packet } = await render([files.attach('photo.jpg', await makeJpeg(200, 300, 1))]);
    expect(Buffer.from(packet.bytes).includes('Exif')).toBe(false);
  });
});

describe('attachments that cannot be read', () => {
  async function expectReplaced(attachment: PacketAttachment, code: string) {
    const { packet, texts } = await render([
      attachment,
      files.attach('good.pdf', await makePdf(['good page'])),
    ]);
    expect(packet.problems).toMatchObject([{ subject: attachment.id, code }]);
    expect(texts.at(-2)).toContain('Attachment could not be included');
    expect(texts.at(-2)).toContain(attachment.fileName);
    expect(texts.at(-1)).toContain('good page');
    expect(texts[1]).toContain('could not be included');
  }

  it('replaces a PDF that needs a password', async () => {
    const document = await PDFDocument.load(await makePdf(['secret']));
    document.encrypt({ userPassword: 'open', ownerPassword: 'own' });
    await expectReplaced(files.attach('locked.pdf', await document.save()), 'encrypted');
  });

  it('reads a PDF that is only protected against changes', async () => {
    const document = await PDFDocument.load(await makePdf(['readable without password']));
    document.encrypt({ userPassword: '', ownerPassword: 'own' });
    const { packet, texts } = await render([files.attach('owner.pdf', await document.save())]);
    expect(packet.problems).toEqual([]);
    expect(texts.at(-1)).toContain('readable without password');
  });

  const damaged: [string, () => Promise<Uint8Array> | Uint8Array][] = [
    ['empty.pdf', () => new Uint8Array()],
    ['cut.pdf', async () => (await makePdf(['a', 'b', 'c'])).subarray(0, 700)],
    ['html.pdf', () => Buffer.from('<html><body>not a pdf</body></html>')],
    ['noise.pdf', () => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(20_000)])],
    ['self.pdf', () => makeRecursivePdf()],
    ['cut.jpg', async () => (await makeJpeg(800, 800)).subarray(0, 2500)],
    ['empty.png', () => new Uint8Array()],
    ['other.jpg', () => makeSheet(20, 20)],
    ['cut.tiff', () => makeTiff(3, 50, 50).subarray(0, 5000)],
  ];
  for (const [name, make] of damaged) {
    it(`replaces ${name}`, async () => expectReplaced(files.attach(name, await make()), 'damaged'));
  }

  it('replaces a PDF with too many pages', async () => {
    const attachment = files.attach('long.pdf', await makePdf(['1', '2', '3', '4']));
    const { packet } = await renderPacket(makePacketRequest([attachment]), fonts, {
      ...defaultLimits,
      maxPages: 3,
    });
    expect(packet.problems).toMatchObject([{ code: 'too_large' }]);
  });

  it('rejects when the local copy itself is missing: that is no fault of the file', async () => {
    const attachment = { ...files.attach('gone.pdf', await makePdf(['x'])), path: '/nowhere/gone.pdf' };
    await expect(render([attachment])).rejects.toThrow('ENOENT');
  });
});
