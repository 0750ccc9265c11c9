import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import { type ChainedEntry, type ChainHead, chainEntry, emptyChain } from './audit-chain.ts';
import type { AuditEntry } from './audit-entry.ts';
import { type ChainHeads, findKnownIds, insertEntries, lockHeads } from './audit-queries.ts';

/**
 * Appends entries to the chains of their organizations, in one transaction. Those that are there already are left
 * out, so that a journal may be moved any number of times.
 * @returns the new heads of the chains that grew
 */
export function appendEntries(
  database: Database,
  keyed: KeyedHash,
  entries: readonly AuditEntry[],
): Promise<ChainHeads> {
  if (entries.length === 0) return Promise.resolve(new Map());
  const organizationIds = [...new Set(entries.map(({ organizationId }) => organizationId))];
  return database.transaction(async (transaction) => {
    const heads = await lockHeads(transaction, organizationIds);
    // After the lock: whoever moves the same journal has committed by now, or waits for us.
    const known = await findKnownIds(transaction, entries);
    const added = chainAll(keyed, heads, newOf(entries, known));
    if (added.entries.length > 0) await insertEntries(transaction, added.entries, added.heads);
    return added.heads;
  });
}

function newOf(entries: readonly AuditEntry[], known: ReadonlySet<string>): readonly AuditEntry[] {
  const seen = new Set(known);
  return entries.filter(({ id }) => {
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}

interface Chained {
  readonly entries: readonly ChainedEntry[];
  readonly heads: ChainHeads;
}

function chainAll(keyed: KeyedHash, heads: ChainHeads, entries: readonly AuditEntry[]): Chained {
  const grown = new Map<string, ChainHead>();
  const chained = entries.map((entry) => {
    const { organizationId } = entry;
    const before = grown.get(organizationId) ?? heads.get(organizationId) ?? emptyChain;
    const next = chainEntry(keyed, before, entry);
    grown.set(organizationId, { sequence: next.sequence, hash: next.hash });
    return next;
  });
  return { entries: chained, heads: grown };
}
