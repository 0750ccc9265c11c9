import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HiddenArchiveSearch } from './hidden-archive.ts';
import { makeZip } from './test-support/make-archives.ts';

function isFoundIn(file: Uint8Array, pieces: readonly number[] = []): boolean {
  const search = new HiddenArchiveSearch();
  let at = 0;
  for (const size of pieces) {
    search.add(file.subarray(at, at + size));
    at += size;
  }
  search.add(file.subarray(at));
  return search.found();
}

/** The same for every run. */
function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0, state = seed; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

const zip = makeZip({ 'run.exe': noise(500, 1), 'a/b.class': noise(100, 2) });
const sizes = fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 8 });

test('a ZIP behind anything is found, however the file comes in pieces', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      sizes,
      (before, after, pieces) => {
        const file = Buffer.concat([noise(before, 3), zip, Buffer.alloc(after, 0x20)]);
        expect(isFoundIn(file, pieces)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ['RAR', 'Rar!\x1a\x07\x01\x00'],
  ['7z', '7z\xbc\xaf\x27\x1c\x00\x04'],
])('%s anywhere is found, also where two pieces meet', (_name, signature) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), sizes, (before, pieces) => {
      const file = Buffer.concat([noise(before, 4), Buffer.from(signature, 'latin1'), noise(200_000, 5)]);
      expect(isFoundIn(file, pieces)).toBe(true);
      expect(isFoundIn(file, [before + 3])).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('a ZIP with a comment, an empty one and a large one are found', () => {
  expect(isFoundIn(makeZip({ a: Buffer.alloc(1) }, 'c'.repeat(65_535)))).toBe(true);
  expect(isFoundIn(makeZip({}))).toBe(true);
  const many = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, index) => [`a-long-name-of-a-file-${index}`, Buffer.alloc(1)]),
  );
  expect(isFoundIn(makeZip(many))).toBe(true);
});

test('what only looks like the end of a ZIP is none', () => {
  const mark = Buffer.from('PK\x05\x06', 'latin1');
  expect(isFoundIn(mark)).toBe(false);
  const random = randomFillSync(Buffer.alloc(100_000), 0);
  for (let at = 90_000; at < 99_900; at += 500) {
    mark.copy(random, at);
    // Of 2^32 chances one that the counters are equal: these are not.
    random.writeUInt32LE(0x00010000, at + 4);
  }
  expect(isFoundIn(random)).toBe(false);
  expect(isFoundIn(Buffer.concat([zip, noise(70_000, 6)]))).toBe(false);
  expect(isFoundIn(new Uint8Array())).toBe(false);
});
