import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { ChainHead } from './audit-chain.ts';
import { findHead, listChains, readChain } from './audit-queries.ts';
import { type ChainAnchors, type ChainProblem, createChainVerifier } from './verify-chain.ts';

export interface VerifiedChain {
  readonly organizationId: string;
  readonly entries: number;
  readonly problems: readonly ChainProblem[];
}

const pageSize = 5_000;
const noAnchors: ChainAnchors = new Map();

/**
 * Verifies every chain there is, and those that only anchors know of. Entries may be appended meanwhile.
 * @param only one organization's chain
 */
export async function* verifyTrail(
  database: Queryable,
  keyed: KeyedHash,
  anchors: ReadonlyMap<string, ChainAnchors>,
  only?: string,
): AsyncGenerator<VerifiedChain> {
  const all = new Set([...(await listChains(database)), ...anchors.keys()]);
  for (const organizationId of only === undefined ? all : [only])
    yield await verifyChain(database, keyed, organizationId, anchors.get(organizationId) ?? noAnchors);
}

async function verifyChain(
  database: Queryable,
  keyed: KeyedHash,
  organizationId: string,
  anchors: ChainAnchors,
): Promise<VerifiedChain> {
  const verifier = createChainVerifier(keyed, anchors);
  let entries = 0;
  let head: ChainHead | undefined;
  for (;;) {
    const page = await readChain(database, organizationId, verifier.last.sequence, pageSize);
    verifier.take(page);
    entries += page.length;
    if (page.length === pageSize) continue;
    const isCutOff = page.length === 0 && head !== undefined && head.sequence > verifier.last.sequence;
    if (!isCutOff) head = await findHead(database, organizationId);
    const hasMore = head !== undefined && head.sequence > verifier.last.sequence;
    // The head tells of more: either it was appended since the page was read, or the next page will be empty.
    if (isCutOff || !hasMore) return { organizationId, entries, problems: verifier.finish(head) };
  }
}
