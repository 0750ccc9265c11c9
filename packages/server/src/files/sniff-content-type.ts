/**
 * The type the first bytes show, of those a packet can hold (contract README, prior auth 7). A PDF's header may
 * stand anywhere in the first 1,024 bytes (ISO 32000-1, Annex H, note 13), but a file that begins as something
 * else is not taken for a PDF: that is how polyglots are made.
 */
export const sniffLength = 1024;

interface Signature {
  readonly contentType: string;
  readonly bytes: readonly number[];
}

const packetSignatures: readonly Signature[] = [
  { contentType: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { contentType: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { contentType: 'image/tiff', bytes: [0x49, 0x49, 0x2a, 0x00] },
  { contentType: 'image/tiff', bytes: [0x4d, 0x4d, 0x00, 0x2a] },
];

export const packetContentTypes = ['application/pdf', 'image/jpeg', 'image/png', 'image/tiff'] as const;

/** The media type without parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}

export function isPacketType(contentType: string): boolean {
  return packetContentTypes.some((type) => type === mediaTypeOf(contentType));
}

/** @param start the first `sniffLength` bytes, or all when there are fewer. */
export function sniffContentType(start: Uint8Array): string | undefined {
  const match = packetSignatures.find(({ bytes }) => beginsWith(start, bytes));
  if (match !== undefined) return match.contentType;
  return /^\s*%PDF-\d/.test(textOf(start)) ? 'application/pdf' : undefined;
}

/**
 * False when the bytes are not what the session announced, or could be taken for something else as well: a document
 * that a browser would read as a page, or a picture that is a script. Types that no packet holds are not judged.
 */
export function agreesWithDeclared(declared: string, start: Uint8Array): boolean {
  if (!isPacketType(declared)) return true;
  return sniffContentType(start) === mediaTypeOf(declared) && !isPolyglot(start);
}

/** The signs of a page by which browsers of old took any file for one. */
const markup = /<(?:!doctype\s+html|html|head|body|script|iframe|img|svg|meta|\?php)\b|<\?php/i;

/** A JFIF segment of 12,074 bytes: as text, the beginning of a comment, behind which a script may go on. */
const jpegComment = [0xff, 0xd8, 0xff, 0xe0, 0x2f, 0x2a];

function isPolyglot(start: Uint8Array): boolean {
  return markup.test(textOf(start)) || beginsWith(start, jpegComment);
}

/** Archives and programs, which are taken under no name. */
const refusedSignatures: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x50, 0x4b, 0x05, 0x06],
  [0x50, 0x4b, 0x07, 0x08],
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x4d, 0x53, 0x43, 0x46],
  [0x4d, 0x5a],
  [0x7f, 0x45, 0x4c, 0x46],
  [0xca, 0xfe, 0xba, 0xbe],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0xce, 0xfa, 0xed, 0xfe],
  [0xfe, 0xed, 0xfa, 0xcf],
  [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
  [0x00, 0x61, 0x73, 0x6d],
  [0x23, 0x21],
];

/** Where a tape archive says that it is one. */
const tarMark = { at: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] };

export function beginsAsArchiveOrProgram(start: Uint8Array): boolean {
  if (beginsWith(start.subarray(tarMark.at), tarMark.bytes)) return true;
  return refusedSignatures.some((bytes) => beginsWith(start, bytes));
}

function beginsWith(start: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => start[index] === byte);
}

function textOf(start: Uint8Array): string {
  return Buffer.from(start.subarray(0, sniffLength)).toString('latin1');
}
