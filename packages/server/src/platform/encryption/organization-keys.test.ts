import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyUses, type OrganizationKeys, organizationKeys } from './organization-keys.ts';
import { createNonceSource } from './random-nonces.ts';
import type { SealedTable } from './sealed-table.ts';
import { keyVersionOf, SealedValueError, UnknownKeyVersionError } from './sealed-value.ts';

const table: SealedTable = { name: 'letter', key: ['id'] };

const keyOf = (fill: number) => createSecretKey(Buffer.alloc(32, fill));

interface Given {
  readonly organizationId?: string;
  readonly versions?: readonly number[];
  readonly uses?: KeyUses;
}

/** Keys of one installation: the same version is the same key for every organization, as it never is in truth. */
function keysWith({ organizationId = 'org_1', versions = [1], uses }: Given = {}): OrganizationKeys {
  const version = versions.at(-1) ?? 1;
  return organizationKeys({
    organizationId,
    dataKeys: new Map(versions.map((number) => [number, keyOf(number)])),
    indexKey: keyOf(200),
    uses: uses ?? { version, counted: 0, sinceCounted: 0 },
    nextNonce: createNonceSource(),
  });
}

describe('a sealed value', () => {
  const keys = keysWith();

  test('opens as what was sealed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, id) => {
        const sealed = keys.seal(table, [id], value);
        expect(keys.open(table, [id], sealed)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('shows nothing of it but its length', () => {
    const text = 'Zebulonia Quackenbüsh';
    const sealed = keys.seal(table, ['a'], text);
    expect(sealed.includes('Zeb')).toBe(false);
    expect(sealed.length).toBe(Buffer.byteLength(JSON.stringify(text)) + 33);
  });

  test('is another each time', () => {
    expect(keys.seal(table, ['a'], 'x')).not.toEqual(keys.seal(table, ['a'], 'x'));
  });

  test('opens no more once any bit of it is changed', () => {
    const sealed = keys.seal(table, ['a'], { name: 'Zebulonia' });
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = Buffer.from(sealed);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(() => keys.open(table, ['a'], changed)).toThrow();
      }),
    );
  });

  test('opens no more once it is cut', () => {
    const sealed = keys.seal(table, ['a'], 'Zebulonia');
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => keys.open(table, ['a'], sealed.subarray(0, length))).toThrow(SealedValueError);
  });

  test.each<[string, (sealed: Buffer) => unknown]>([
    ['row', (sealed) => keys.open(table, ['b'], sealed)],
    ['row of a longer name', (sealed) => keys.open(table, ['a', ''], sealed)],
    ['table', (sealed) => keys.open({ name: 'note', key: ['id'] }, ['a'], sealed)],
    ['organization', (sealed) => keysWith({ organizationId: 'org_2' }).open(table, ['a'], sealed)],
  ])('opens in no other %s, and says where without saying what', (_, open) => {
    const sealed = keys.seal(table, ['a'], 'Zebulonia');
    expect(() => open(sealed)).toThrow(SealedValueError);
    expect(() => open(sealed)).toThrow(
      /^(letter|note) [ab] ?: A sealed value was altered or does not belong/,
    );
  });

  test('names its key version, by which older ones still open', () => {
    const old = keysWith({ versions: [1] }).seal(table, ['a'], 'x');
    const both = keysWith({ versions: [1, 2] });
    expect([keyVersionOf(old), keyVersionOf(both.seal(table, ['a'], 'x'))]).toEqual([1, 2]);
    expect(both.open(table, ['a'], old)).toBe('x');
    expect(() => keysWith({ versions: [2] }).open(table, ['a'], old)).toThrow(UnknownKeyVersionError);
  });

  test('is refused, not made, by a key that has sealed too much', () => {
    const uses = { version: 1, counted: 2 ** 31 - 2, sinceCounted: 1 };
    const worn = keysWith({ uses });
    const last = worn.seal(table, ['a'], 'x');
    expect(uses.sinceCounted).toBe(2);
    expect(() => worn.seal(table, ['a'], 'x')).toThrow('run `precert encryption rotate`');
    expect(worn.open(table, ['a'], last)).toBe('x');
  });
});

describe('a blind index', () => {
  const keys = keysWith();

  test('is the same for the same text and another for another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        const indexOf = (text: string) => keys.index('member', text).toString('hex');
        expect(indexOf(left) === indexOf(right)).toBe(left === right);
      }),
    );
  });

  test('is sixteen bytes, of one kind of text', () => {
    expect(keys.index('member', 'W1')).toHaveLength(16);
    expect(keys.index('member', 'W1')).not.toEqual(keys.index('mrn', 'W1'));
  });
});

describe('nonces', () => {
  test('do not come again in a million', () => {
    const next = createNonceSource();
    const seen = new Set<string>();
    for (let count = 0; count < 1_000_000; count += 1) seen.add(Buffer.from(next()).toString('latin1'));
    expect(seen.size).toBe(1_000_000);
  });

  test('stand one in each sealed value', () => {
    const keys = keysWith();
    const seen = new Set<string>();
    for (let count = 0; count < 20_000; count += 1)
      seen.add(keys.seal(table, ['a'], 'x').subarray(5, 17).toString('latin1'));
    expect(seen.size).toBe(20_000);
  });

  test('are as random as what they are drawn from', () => {
    let fills = 0;
    const next = createNonceSource((bytes) => bytes.fill(++fills));
    const first = Array.from({ length: 1024 }, () => next());
    expect(first.every((nonce) => nonce.length === 12 && nonce.every((byte) => byte === 1))).toBe(true);
    expect([...next()]).toEqual(Array.from({ length: 12 }, () => 2));
  });
});
