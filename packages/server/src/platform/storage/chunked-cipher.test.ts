import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ContentKey,
  DamagedBlobError,
  newContentKey,
  openChunks,
  openWhole,
  sealChunks,
} from './chunked-cipher.ts';

const chunk = 64 * 1024;
const sealedChunk = chunk + 16;
const headLength = 4;

/** The sizes at which something could go wrong, and some in between. */
const sizes = fc.oneof(
  fc.constantFrom(0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 2 * chunk + 1),
  fc.nat(3 * chunk),
);

function contentOf(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
}

/** As a stream brings it, in parts of some size. */
async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

const seal = (key: ContentKey, bytes: Uint8Array, part = chunk) =>
  collect(sealChunks(key, inParts(bytes, part)));
const open = (key: ContentKey, sealed: Uint8Array, part = chunk) =>
  collect(openChunks(key, inParts(sealed, part)));

async function expectDamaged(key: ContentKey, sealed: Uint8Array): Promise<void> {
  await expect(open(key, sealed)).rejects.toBeInstanceOf(DamagedBlobError);
  expect(() => openWhole(key, sealed)).toThrow(DamagedBlobError);
}

describe('sealed bytes', () => {
  const key = newContentKey();

  test('open as what was sealed, in whatever parts they come and at once', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1000, max: 200_000 }), async (size, part) => {
        const bytes = contentOf(size);
        const sealed = await seal(key, bytes, part);
        expect((await open(key, sealed, part)).equals(bytes)).toBe(true);
        expect(openWhole(key, sealed).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
    expect((await open(key, await seal(key, contentOf(5), 1), 1)).equals(contentOf(5))).toBe(true);
  });

  test('show nothing of what they hold', async () => {
    const sealed = await seal(key, Buffer.from('%PDF-1.7 of Zebulonia'));
    expect([sealed.includes('PDF'), sealed.includes('Zeb')]).toEqual([false, false]);
  });

  test('are damaged once cut off anywhere, between two chunks too', async () => {
    const sealed = await seal(key, contentOf(2 * chunk + 100));
    const ends = [0, 3, headLength, headLength + 15, headLength + sealedChunk, headLength + 2 * sealedChunk];
    for (const end of [...ends, sealed.length - 1]) await expectDamaged(key, sealed.subarray(0, end));
  });

  test('are damaged once a bit is changed', async () => {
    const sealed = await seal(key, contentOf(chunk + 100));
    for (const at of [
      0,
      3,
      headLength,
      headLength + chunk,
      headLength + sealedChunk + 3,
      sealed.length - 1,
    ]) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await expectDamaged(key, changed);
    }
  });

  test('are damaged once chunks are swapped, left out, doubled or added', async () => {
    const sealed = await seal(key, contentOf(3 * chunk + 10));
    const head = sealed.subarray(0, headLength);
    const chunks = [0, 1, 2, 3].map((index) =>
      sealed.subarray(headLength + index * sealedChunk, headLength + (index + 1) * sealedChunk),
    );
    const orders = [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 2, 3, 3], [3], [0, 1, 2]];
    for (const order of orders)
      await expectDamaged(key, Buffer.concat([head, ...order.flatMap((index) => chunks[index] ?? [])]));
  });

  test('do not open with the key of another', async () => {
    await expectDamaged(newContentKey(), await seal(key, contentOf(10)));
  });

  test('are released chunk by chunk, none before it was verified', async () => {
    const sealed = await seal(key, contentOf(2 * chunk + 10));
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(headLength + sealedChunk + 5) ^ 1, headLength + sealedChunk + 5);
    const released: Buffer[] = [];
    const reading = (async () => {
      for await (const bytes of openChunks(key, inParts(changed, 1000))) released.push(bytes);
    })();
    await expect(reading).rejects.toBeInstanceOf(DamagedBlobError);
    expect(Buffer.concat(released).equals(contentOf(2 * chunk + 10).subarray(0, chunk))).toBe(true);
  });
});
