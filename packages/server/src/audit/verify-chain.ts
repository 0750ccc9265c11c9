import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import { type ChainedEntry, type ChainHead, chainHash, emptyChain } from './audit-chain.ts';

/**
 * What can be wrong with entries of a chain.
 * `altered`: not what was appended here, but edited, put here from elsewhere, or made up.
 * `missing`: there is none of this sequence, though there are later ones.
 * `cut_off`: the chain ends before this one, which its head or an anchor tells of.
 * `replaced`: its head or an anchor tells of another entry of this sequence.
 * `beyond_head`: it stands behind the chain's head.
 */
export type ChainFault = 'altered' | 'missing' | 'cut_off' | 'replaced' | 'beyond_head';

export interface ChainProblem {
  readonly fault: ChainFault;
  /** First and last sequence, both included. */
  readonly from: number;
  readonly to: number;
}

/** By sequence, the hashes that anchors tell of. */
export type ChainAnchors = ReadonlyMap<number, ReadonlySet<string>>;

export interface ChainVerifier {
  readonly last: ChainHead;
  /** The next entries, in the order of their sequence. */
  take(entries: readonly ChainedEntry[]): void;
  /** After the last entry. @param head as it stood after that was read */
  finish(head: ChainHead | undefined): readonly ChainProblem[];
}

/**
 * Goes along a chain and computes every hash anew. Each entry is held against the hash its predecessor has in the
 * table: of one edited entry only that one is told, not all behind it.
 */
export function createChainVerifier(keyed: KeyedHash, anchors: ChainAnchors): ChainVerifier {
  const problems = createProblemList();
  let last: ChainHead = emptyChain;

  function takeOne(entry: ChainedEntry): void {
    const { sequence, hash } = entry;
    const next = last.sequence + 1;
    if (sequence > next) problems.add('missing', next, sequence - 1);
    // Behind a gap nobody knows what the hash before was; the gap is told already.
    else if (chainHash(keyed, last.hash, sequence, entry) !== hash) problems.add('altered', sequence);
    if (isContradicted(anchors.get(sequence), hash)) problems.add('replaced', sequence);
    last = { sequence, hash };
  }

  return {
    get last() {
      return last;
    },
    take(entries) {
      for (const entry of entries) takeOne(entry);
    },
    finish(head = emptyChain) {
      let known = head.sequence;
      for (const sequence of anchors.keys()) known = Math.max(known, sequence);
      if (known > last.sequence) problems.add('cut_off', last.sequence + 1, known);
      if (head.sequence < last.sequence) problems.add('beyond_head', head.sequence + 1, last.sequence);
      if (head.sequence === last.sequence && head.hash !== last.hash) problems.add('replaced', last.sequence);
      return problems.list;
    },
  };
}

function isContradicted(anchored: ReadonlySet<string> | undefined, hash: string): boolean {
  return anchored !== undefined && !(anchored.size === 1 && anchored.has(hash));
}

/** Neighbours with the same fault are one problem: somebody who renumbered a million entries made one. */
function createProblemList() {
  const list: ChainProblem[] = [];
  return {
    list,
    add(fault: ChainFault, from: number, to = from): void {
      const before = list.at(-1);
      if (before?.fault === fault && before.to === from - 1) list[list.length - 1] = { ...before, to };
      else list.push({ fault, from, to });
    },
  };
}
