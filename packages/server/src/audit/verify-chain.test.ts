import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyedHash } from '../platform/crypto/keyed-hash.ts';
import { type ChainedEntry, type ChainHead, chainEntry, emptyChain } from './audit-chain.ts';
import { entryForTests, keyedForTests } from './entry-for-tests.ts';
import { type ChainAnchors, type ChainProblem, createChainVerifier } from './verify-chain.ts';

const length = 12;

function makeChain(count = length): readonly ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  for (let number = 1; number <= count; number += 1)
    entries.push(chainEntry(keyedForTests, entries.at(-1) ?? emptyChain, entryForTests(number)));
  return entries;
}

const chain = makeChain();

function headOf(entries: readonly ChainedEntry[]): ChainHead {
  return entries.at(-1) ?? emptyChain;
}

const noAnchors: ChainAnchors = new Map();

function verify(
  entries: readonly ChainedEntry[],
  head: ChainHead = headOf(chain),
  anchors = noAnchors,
): readonly ChainProblem[] {
  const verifier = createChainVerifier(keyedForTests, anchors);
  for (const entry of entries) verifier.take([entry]);
  return verifier.finish(head);
}

const anchorsOf = (...heads: readonly ChainHead[]): ChainAnchors =>
  new Map(heads.map(({ sequence, hash }) => [sequence, new Set([hash])]));

const at = (sequence: number): ChainedEntry => {
  const entry = chain[sequence - 1];
  if (entry === undefined) throw new Error(`The chain has no entry ${sequence}.`);
  return entry;
};

const positions = fc.integer({ min: 1, max: length });

describe('a chain', () => {
  test('is sound as it was appended, with its head and anchors on the way, and when it is empty', () => {
    expect(verify(chain)).toEqual([]);
    expect(verify(chain, headOf(chain), anchorsOf(at(3), at(12)))).toEqual([]);
    expect(verify([], emptyChain)).toEqual([]);
    expect(createChainVerifier(keyedForTests, noAnchors).finish(undefined)).toEqual([]);
  });

  test('is not sound under another secret', () => {
    const other = createKeyedHash(Buffer.from('another secret, 32 characters or more'), 'audit');
    const verifier = createChainVerifier(other, noAnchors);
    verifier.take(chain);
    expect(verifier.finish(headOf(chain))).toEqual([{ fault: 'altered', from: 1, to: length }]);
  });

  const edits: readonly ((entry: ChainedEntry) => Partial<ChainedEntry>)[] = [
    () => ({ id: 'aud_other' }),
    () => ({ organizationId: 'org_two' }),
    ({ occurredAt }) => ({ occurredAt: new Date(occurredAt.getTime() + 1) }),
    ({ actor }) => ({ actor: { ...actor, id: 'key_two' } }),
    ({ actor }) => ({ actor: { ...actor, kind: 'session' } }),
    ({ actor }) => ({ actor: { ...actor, subject: 'somebody' } }),
    ({ actor }) => ({ actor: { ...actor, impersonator: 'somebody' } }),
    () => ({ operation: 'listAuthorizations' }),
    () => ({ resourceType: 'file' }),
    () => ({ resourceIds: [] }),
    ({ resourceIds }) => ({ resourceIds: [...resourceIds, 'auth_other'] }),
    () => ({ outcome: 'refused' }),
    () => ({ status: 404 }),
    () => ({ status: undefined }),
    () => ({ errorCode: 'authorization_not_found' }),
    () => ({ requestId: 'req_other' }),
    () => ({ hash: 'A'.repeat(43) }),
  ];

  test('shows an edit of any field of any entry', () => {
    fc.assert(
      fc.property(positions, fc.constantFrom(...edits), (sequence, edit) => {
        const edited = chain.map((entry) =>
          entry.sequence === sequence ? { ...entry, ...edit(entry) } : entry,
        );
        expect(verify(edited)[0]).toMatchObject({ fault: 'altered', from: sequence });
      }),
    );
  });

  test('shows an entry that was removed from its middle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: length - 1 }), (sequence) => {
        expect(verify(chain.filter((entry) => entry.sequence !== sequence))).toEqual([
          { fault: 'missing', from: sequence, to: sequence },
        ]);
      }),
    );
  });

  test('shows entries that were removed and the rest numbered anew', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: length - 1 }), (sequence) => {
        const renumbered = chain
          .filter((entry) => entry.sequence !== sequence)
          .map((entry, index) => ({ ...entry, sequence: index + 1 }));
        const problems = verify(renumbered, headOf(renumbered));
        expect(problems[0]).toEqual({ fault: 'altered', from: sequence, to: length - 1 });
      }),
    );
  });

  test('shows two entries that changed places', () => {
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        fc.pre(one !== other);
        const swapped = chain.map((entry) => {
          if (entry.sequence === one) return { ...at(other), sequence: one };
          return entry.sequence === other ? { ...at(one), sequence: other } : entry;
        });
        expect(verify(swapped)[0]).toMatchObject({ fault: 'altered', from: Math.min(one, other) });
      }),
    );
  });

  test('shows an entry that somebody made up, in the middle and at the end', () => {
    fc.assert(
      fc.property(positions, (sequence) => {
        const inserted = [
          ...chain.slice(0, sequence),
          { ...entryForTests(99), sequence: sequence + 1, hash: at(sequence).hash },
          ...chain.slice(sequence).map((entry) => ({ ...entry, sequence: entry.sequence + 1 })),
        ];
        expect(verify(inserted)[0]).toMatchObject({ fault: 'altered', from: sequence + 1 });
        expect(verify(inserted, headOf(inserted))[0]).toMatchObject({ fault: 'altered', from: sequence + 1 });
      }),
    );
  });

  test('shows an entry of another chain', () => {
    const foreign = chainEntry(keyedForTests, at(4), entryForTests(5, 'org_two'));
    const moved = chain.map((entry) =>
      entry.sequence === 5 ? { ...foreign, organizationId: 'org_one' } : entry,
    );
    expect(verify(moved)[0]).toMatchObject({ fault: 'altered', from: 5 });
  });

  test('shows that its end was cut off, by its head', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length - 1 }), (kept) => {
        expect(verify(chain.slice(0, kept))).toEqual([{ fault: 'cut_off', from: kept + 1, to: length }]);
      }),
    );
  });

  test('shows that its end and its head were cut off by an anchor alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length - 1 }), (kept) => {
        const rest = chain.slice(0, kept);
        const head = headOf(rest);
        expect(verify(rest, head)).toEqual([]);
        expect(verify(rest, head, anchorsOf(headOf(chain)))).toEqual([
          { fault: 'cut_off', from: kept + 1, to: length },
        ]);
      }),
    );
  });

  test('shows by an anchor that it was written anew by somebody who has the secret', () => {
    const anew: ChainedEntry[] = [];
    for (let number = 1; number <= length; number += 1)
      anew.push(chainEntry(keyedForTests, anew.at(-1) ?? emptyChain, entryForTests(100 + number)));
    expect(verify(anew, headOf(anew))).toEqual([]);
    expect(verify(anew, headOf(anew), anchorsOf(at(7)))).toEqual([{ fault: 'replaced', from: 7, to: 7 }]);
  });

  test('shows a head that was set back, or to another hash', () => {
    expect(verify(chain, at(10))).toEqual([{ fault: 'beyond_head', from: 11, to: 12 }]);
    expect(verify(chain, emptyChain)).toEqual([{ fault: 'beyond_head', from: 1, to: 12 }]);
    expect(verify(chain, { ...headOf(chain), hash: at(1).hash })).toEqual([
      { fault: 'replaced', from: 12, to: 12 },
    ]);
  });
});
