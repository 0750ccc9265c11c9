/**
 * Bytes of any length, sealed in chunks so that they can be read as they come and none is released unverified: the
 * STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM. A chunk's nonce holds its number and
 * whether it is the last, so that chunks left out, swapped or cut off at the end are found. A key seals one blob only:
 * nonces need no randomness.
 *
 *     magic and layout 4 | chunk 0 | chunk 1 | … | last chunk     (a chunk: ciphertext up to 64 KiB, tag 16)
 */

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** The key of one blob. */
export type ContentKey = KeyObject;

/** Bytes that were altered, cut off, or sealed with another key. */
export class DamagedBlobError extends Error {
  override readonly name = 'DamagedBlobError';
}

/** "PCB", layout 1. */
const head = Buffer.from([0x50, 0x43, 0x42, 0x01]);
const plainChunkBytes = 64 * 1024;
const tagLength = 16;
const sealedChunkBytes = plainChunkBytes + tagLength;

export function newContentKey(): ContentKey {
  return createSecretKey(randomBytes(32));
}

export async function* sealChunks(
  key: ContentKey,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  yield head;
  for await (const piece of inPieces(source, plainChunkBytes)) yield sealChunk(key, piece);
}

/** @throws DamagedBlobError */
export async function* openChunks(
  key: ContentKey,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  for await (const piece of inPieces(withoutHead(source), sealedChunkBytes)) yield openChunk(key, piece);
}

/** As `openChunks`, for bytes that are all there. @throws DamagedBlobError */
export function openWhole(key: ContentKey, sealed: Uint8Array): Buffer {
  requireHead(sealed.subarray(0, head.length));
  const chunks: Buffer[] = [];
  let at = head.length;
  do {
    const bytes = sealed.subarray(at, at + sealedChunkBytes);
    at += sealedChunkBytes;
    chunks.push(openChunk(key, { bytes, number: chunks.length, isLast: at >= sealed.length }));
  } while (at < sealed.length);
  return Buffer.concat(chunks);
}

/** Whether the bytes begin as sealed ones do. */
export function isSealedStart(start: Uint8Array): boolean {
  return head.equals(start.subarray(0, head.length));
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly isLast: boolean;
}

/** The bytes in pieces of one size; the last may be shorter, and of no bytes there is one empty piece. */
async function* inPieces(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Piece> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  let number = 0;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; ) {
      if (filled === size) {
        // More is there: it was not the last. Whoever takes a piece is done with it before it asks for the next.
        yield { bytes: buffer, number, isLast: false };
        number += 1;
        filled = 0;
      }
      const part = bytes.subarray(at, at + size - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  yield { bytes: buffer.subarray(0, filled), number, isLast: true };
}

async function* withoutHead(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const bytes of source) {
    if (start === undefined) {
      yield bytes;
      continue;
    }
    start = Buffer.concat([start, bytes]);
    if (start.length < head.length) continue;
    requireHead(start);
    yield start.subarray(head.length);
    start = undefined;
  }
  if (start !== undefined) requireHead(start);
}

function requireHead(start: Uint8Array): void {
  if (!isSealedStart(start)) throw new DamagedBlobError('A stored file does not begin as a sealed one.');
}

function sealChunk(key: ContentKey, piece: Piece): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(piece), { authTagLength: tagLength });
  cipher.setAAD(head);
  const ciphertext = cipher.update(piece.bytes);
  cipher.final();
  return Buffer.concat([ciphertext, cipher.getAuthTag()]);
}

function openChunk(key: ContentKey, piece: Piece): Buffer {
  if (piece.bytes.length < tagLength) throw damaged();
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(piece), { authTagLength: tagLength });
  decipher.setAAD(head).setAuthTag(piece.bytes.subarray(-tagLength));
  const bytes = decipher.update(piece.bytes.subarray(0, -tagLength));
  try {
    decipher.final();
  } catch (cause) {
    throw damaged(cause);
  }
  return bytes;
}

function nonceOf({ number, isLast }: Piece): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

function damaged(cause?: unknown): DamagedBlobError {
  return new DamagedBlobError('A stored file was altered, cut off, or belongs to another row.', { cause });
}
