/**
 * The type the first bytes show, of those a packet can hold (contract README, prior auth 7). A PDF's header may
 * stand anywhere in the first 1,024 bytes (ISO 32000-1, Annex H, note 13), but a file that begins as something
 * else is not taken for a PDF: that is how polyglots are made.
 */
export const sniffLength = 1024;

const signatures: readonly { readonly contentType: string; readonly bytes: readonly number[] }[] = [
  { contentType: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { contentType: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { contentType: 'image/tiff', bytes: [0x49, 0x49, 0x2a, 0x00] },
  { contentType: 'image/tiff', bytes: [0x4d, 0x4d, 0x00, 0x2a] },
];

export const packetContentTypes = ['application/pdf', 'image/jpeg', 'image/png', 'image/tiff'] as const;

/** @param start the first `sniffLength` bytes, or all when there are fewer. */
export function sniffContentType(start: Uint8Array): string | undefined {
  const match = signatures.find(({ bytes }) => bytes.every((byte, index) => start[index] === byte));
  if (match !== undefined) return match.contentType;
  const text = Buffer.from(start.subarray(0, sniffLength)).toString('latin1');
  return /^\s*%PDF-\d/.test(text) ? 'application/pdf' : undefined;
}

/** False when the bytes are not what the session announced. Types that no packet holds are not judged. */
export function agreesWithDeclared(declared: string, start: Uint8Array): boolean {
  const declaredType = declared.split(';')[0]?.trim().toLowerCase() ?? '';
  const sniffed = sniffContentType(start);
  if (packetContentTypes.some((type) => type === declaredType)) return sniffed === declaredType;
  return true;
}
