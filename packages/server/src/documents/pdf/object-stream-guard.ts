import { maxObjectStreamBytes, maxStreamBytes } from '../limits.ts';
import { UnusableFileError } from '../unusable-file.ts';
import { inflateBounded } from './bounded-inflate.ts';

/**
 * Refuses a file whose object or cross-reference streams would decompress beyond bounds. The PDF parser inflates
 * these without a limit as it meets them, so they are measured in the raw bytes beforehand. Streams of an encrypted
 * file do not inflate before decryption and pass; the worker's memory limit is the second line.
 */
export function guardObjectStreams(bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  refuseDisguisedNames(buffer);
  let total = 0;
  for (const name of ['/ObjStm', '/XRef']) {
    for (let at = buffer.indexOf(name); at >= 0; at = buffer.indexOf(name, at + name.length)) {
      total += inflatedSize(buffer, at);
      if (total > maxObjectStreamBytes) {
        throw new UnusableFileError('too_large', 'The file decompresses to more than can be handled.');
      }
    }
  }
}

/** A name written with hex escapes, or behind a reference, means the same to the parser and hides from the search above. */
function refuseDisguisedNames(buffer: Buffer): void {
  const text = buffer.toString('latin1');
  if (/\bobj\s{0,20}\/(?:ObjStm|XRef)\s{0,20}endobj/.test(text)) throw disguised();
  for (const [escaped] of text.matchAll(/\/[A-Za-z]{0,6}#[0-9A-Fa-f]{2}[A-Za-z#0-9]{0,18}/g)) {
    const name = escaped.replace(/#([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (name.startsWith('/ObjStm') || name.startsWith('/XRef')) throw disguised();
  }
}

function disguised(): UnusableFileError {
  return new UnusableFileError('damaged', 'The file disguises its structure.');
}

function inflatedSize(buffer: Buffer, nameAt: number): number {
  const objectEnd = positionOrEnd(buffer, 'endobj', nameAt);
  const streamAt = positionOrEnd(buffer, 'stream', nameAt);
  // The name outside a stream dictionary: in text, or as an indirect /Type, which no program writes.
  if (streamAt >= objectEnd) return 0;
  const dictionaryStart = buffer.lastIndexOf(' obj', nameAt);
  const dictionary = buffer.toString('latin1', Math.max(0, dictionaryStart), streamAt);
  if (/LZW|RunLength/.test(dictionary)) throw disguised();
  const filters = dictionary.match(/\/(FlateDecode|Fl)\b/g)?.length ?? 0;
  let dataAt = streamAt + 'stream'.length;
  if (buffer[dataAt] === 0x0d) dataAt += 1;
  if (buffer[dataAt] === 0x0a) dataAt += 1;
  return inflatedLength(buffer.subarray(dataAt), filters);
}

function inflatedLength(data: Uint8Array, filters: number): number {
  let current = data;
  for (let index = 0; index < filters; index += 1) {
    try {
      current = inflateBounded(current, maxStreamBytes);
    } catch (error) {
      if (error instanceof UnusableFileError && error.fault === 'too_large') throw error;
      return 0;
    }
  }
  return filters === 0 ? 0 : current.length;
}

function positionOrEnd(buffer: Buffer, text: string, from: number): number {
  const at = buffer.indexOf(text, from);
  return at < 0 ? buffer.length : at;
}
