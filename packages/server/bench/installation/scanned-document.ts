import { PDFDocument } from '@cantoo/pdf-lib';
import sharp from 'sharp';

/** Letter size at 150 dpi, as an office scanner makes it. */
const scan = { width: 1275, height: 1650, channels: 3, background: '#ffffff' } as const;

/** A PDF of scanned pages: JPEGs of noise, which no packing makes smaller, so that it weighs about `megabytes`. */
export async function scannedDocument(pages: number, megabytes: number): Promise<Uint8Array> {
  const jpeg = await jpegOf((megabytes * 1_000_000) / pages);
  const document = await PDFDocument.create();
  for (let page = 0; page < pages; page += 1) {
    // Embedded anew for each page: pages that share one picture would be a small document.
    const image = await document.embedJpg(jpeg);
    document.addPage([612, 792]).drawImage(image, { x: 0, y: 0, width: 612, height: 792 });
  }
  return document.save();
}

/** The best quality that keeps the picture within `bytes`. */
async function jpegOf(bytes: number): Promise<Uint8Array> {
  const noise = { type: 'gaussian', mean: 200, sigma: 30 } as const;
  const picture = await sharp({ create: { ...scan, noise } })
    .raw()
    .toBuffer();
  let best: Uint8Array | undefined;
  for (let quality = 5; quality <= 95; quality += 5) {
    const jpeg = await sharp(picture, { raw: scan }).jpeg({ quality }).toBuffer();
    if (jpeg.length > bytes) break;
    best = jpeg;
  }
  if (best === undefined) throw new Error(`No page fits into ${bytes} bytes.`);
  return best;
}
