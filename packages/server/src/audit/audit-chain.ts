import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { AuditEntry } from './audit-entry.ts';

/** The last entry of a chain. Sequence 0 and an empty hash: there is none yet. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

export const emptyChain: ChainHead = { sequence: 0, hash: '' };

export interface ChainedEntry extends AuditEntry, ChainHead {}

/**
 * The entry's place in its organization's chain: `hash = HMAC(key, hash before ‖ entry)`. Organization and sequence are
 * part of what is hashed, so that no entry can be moved, in its chain or to another one.
 */
export function chainEntry(keyed: KeyedHash, before: ChainHead, entry: AuditEntry): ChainedEntry {
  const sequence = before.sequence + 1;
  return { ...entry, sequence, hash: chainHash(keyed, before.hash, sequence, entry) };
}

export function chainHash(keyed: KeyedHash, hashBefore: string, sequence: number, entry: AuditEntry): string {
  return keyed.base64url(`${hashBefore}\n${canonicalText(sequence, entry)}`);
}

/** Every field in a fixed order. A list, since the order of an object's keys would be one more thing to fix. */
function canonicalText(sequence: number, entry: AuditEntry): string {
  const { actor } = entry;
  return JSON.stringify([
    entry.organizationId,
    sequence,
    entry.id,
    entry.occurredAt.toISOString(),
    actor.kind,
    actor.id ?? null,
    actor.subject ?? null,
    actor.impersonator ?? null,
    entry.operation,
    entry.resourceType ?? null,
    entry.resourceIds,
    entry.outcome,
    entry.status ?? null,
    entry.errorCode ?? null,
    entry.requestId ?? null,
  ]);
}
