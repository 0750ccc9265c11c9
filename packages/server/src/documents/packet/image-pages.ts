import sharp, { type Metadata, type Sharp } from 'sharp';
import type { DocumentLimits } from '../limits.ts';
import { createDocument, finishDocument } from '../text/pdf-document.ts';
import { UnusableFileError } from '../unusable-file.ts';

// One image at a time in a worker, and nothing kept: the memory limit is for the work at hand.
sharp.concurrency(1);
sharp.cache(false);

/** 300 dpi of the longer side of US Letter; more does not survive printing or faxing. */
const maxSide = 3300;

export interface ImageFacts {
  readonly format: string;
  readonly pageCount: number;
}

const formatOf: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/tiff': 'tiff',
};

/** Reads the header only. Throws UnusableFileError: `damaged` (also: not the declared type), `too_large`. */
export async function readImageFacts(
  bytes: Buffer,
  mimeType: string,
  limits: DocumentLimits,
): Promise<ImageFacts> {
  const { format, width, height, pages = 1 } = await readMetadata(bytes, 0);
  const expected = formatOf[mimeType];
  if (expected !== undefined && expected !== format) {
    throw new UnusableFileError('damaged', 'The file is not of the type it was sent as.');
  }
  if (pages > limits.maxPages)
    throw new UnusableFileError('too_large', `The file has more than ${limits.maxPages} pages.`);
  if (width * height > limits.maxPixels)
    throw new UnusableFileError('too_large', 'The image has too many pixels.');
  return { format, pageCount: pages };
}

/** Decodes one page to nothing, to see whether it can be. */
export async function decodeImagePage(bytes: Buffer, page: number, limits: DocumentLimits): Promise<void> {
  await run(() => openPage(bytes, page, limits).resize(8, 8, { fit: 'fill' }).raw().toBuffer());
}

/** A PDF with one page for each page of the image: upright, as large as fits US Letter. */
export async function makeImagePages(
  bytes: Buffer,
  mimeType: string,
  limits: DocumentLimits,
  createdAt: string,
): Promise<Uint8Array> {
  const { format, pageCount } = await readImageFacts(bytes, mimeType, limits);
  const document = createDocument({ title: 'Image', createdAt });
  for (let page = 0; page < pageCount; page += 1) {
    const metadata = await readMetadata(bytes, page);
    if (metadata.width * metadata.height > limits.maxPixels) {
      throw new UnusableFileError('too_large', 'The image has too many pixels.');
    }
    const printable = await toPrintable(bytes, page, format, metadata, limits);
    const { width, height } = pageSize(printable.width, printable.height);
    document.addPage({ size: [width, height], margin: 0 });
    document.image(printable.bytes, 0, 0, { width, height });
  }
  return finishDocument(document);
}

interface PrintableImage {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
}

/**
 * A JPEG that needs no change is embedded as it came; everything else becomes upright, opaque sRGB or gray. What a
 * camera wrote beside the picture (where it was taken, for one) is not passed on.
 */
async function toPrintable(
  bytes: Buffer,
  page: number,
  format: string,
  { width, height, orientation = 1, space, depth, exif }: Metadata,
  limits: DocumentLimits,
): Promise<PrintableImage> {
  const isPlain = orientation === 1 && (space === 'srgb' || space === 'b-w') && depth === 'uchar';
  if (format === 'jpeg' && isPlain && exif === undefined && Math.max(width, height) <= maxSide) {
    await decodeImagePage(bytes, page, limits);
    return { bytes, width, height };
  }
  const upright = openPage(bytes, page, limits)
    .rotate()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace(space === 'b-w' || space === 'grey16' ? 'b-w' : 'srgb');
  const encoded = format === 'jpeg' ? upright.jpeg({ quality: 88 }) : encodeLossless(upright, depth);
  const { data, info } = await run(() => encoded.toBuffer({ resolveWithObject: true }));
  return { bytes: data, width: info.width, height: info.height };
}

/** Scans in black and white stay at one bit a pixel. */
function encodeLossless(image: Sharp, depth: string | undefined): Sharp {
  return String(depth) === 'bit'
    ? image.png({ palette: true, colours: 2, dither: 0 })
    : image.png({ progressive: false });
}

function openPage(bytes: Buffer, page: number, { maxPixels }: DocumentLimits): Sharp {
  return sharp(bytes, { page, limitInputPixels: maxPixels, failOn: 'error', sequentialRead: true });
}

async function readMetadata(bytes: Buffer, page: number): Promise<Metadata> {
  // The limit is ours to apply: the header is read even of an image too large to decode.
  return run(() => sharp(bytes, { page, limitInputPixels: false }).metadata());
}

async function run<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && /pixel limit|exceeds/i.test(error.message)) {
      throw new UnusableFileError('too_large', 'The image has too many pixels.', { cause: error });
    }
    throw new UnusableFileError('damaged', 'The image could not be read.', { cause: error });
  }
}

/** The image at 72 dpi or less: as large as fits US Letter in its own direction. */
function pageSize(width: number, height: number): { width: number; height: number } {
  const [roomWidth, roomHeight] = width > height ? [792, 612] : [612, 792];
  const scale = Math.min(roomWidth / width, roomHeight / height);
  return { width: width * scale, height: height * scale };
}
