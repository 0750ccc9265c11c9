import type { Database } from '../database/database.ts';
import { asSystem, currentScope } from '../database/database-scope.ts';
import { type HeldKeys, loadKeys, reportUses, type VaultParts } from './load-keys.ts';
import type { OrganizationKeys } from './organization-keys.ts';
import { createNonceSource } from './random-nonces.ts';
import { UnknownKeyVersionError } from './sealed-value.ts';

/** The organizations' keys. They are made when first asked for. */
export interface Vault {
  /**
   * For sealing, and for use within a transaction: ask before it begins.
   * @throws PrecertError `service_unavailable` while master key or database are out of reach, `insufficient_permissions`
   *         when the organization's keys were destroyed
   */
  keysOf(organizationId: string): Promise<OrganizationKeys>;
  /**
   * For opening: runs `work`, and once more with keys read anew when it met a version this process has not seen yet.
   * @throws as `keysOf`, and what `work` throws
   */
  withKeys<Result>(organizationId: string, work: (keys: OrganizationKeys) => Result): Promise<Result>;
  /** As `keysOf`, read anew. */
  reread(organizationId: string): Promise<OrganizationKeys>;
  /** Reports what was sealed since the last count. At the end of a process. */
  close(): Promise<void>;
}

/** Keys are read again after this long, so that a rotation or destruction is seen. */
const rereadMs = 30_000;

/** Organizations whose keys are held at once; of more, those asked for longest ago are read again. */
const capacity = 10_000;

interface Entry {
  readonly held: Promise<HeldKeys>;
  readonly readAt: number;
}

export function createVault(parts: VaultParts): Vault {
  const { database, clock } = parts;
  const entries = new Map<string, Entry>();
  const nextNonce = createNonceSource();

  function read(organizationId: string): Entry {
    const before = entries.get(organizationId);
    const held = loadKeys(parts, organizationId, before?.held, nextNonce);
    const entry = { held, readAt: clock.now().getTime() };
    entries.delete(organizationId);
    entries.set(organizationId, entry);
    // A failed reading must not be remembered as an answer; what was held before is read again by the next who asks.
    held.catch(() => {
      if (entries.get(organizationId) !== entry) return;
      if (before === undefined) entries.delete(organizationId);
      else entries.set(organizationId, before);
    });
    const [oldest] = entries.keys();
    if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
    return entry;
  }

  function entryOf(organizationId: string): Entry {
    requireRightPlace(database, organizationId);
    const entry = entries.get(organizationId);
    const now = clock.now().getTime();
    return entry !== undefined && Math.abs(now - entry.readAt) < rereadMs ? entry : read(organizationId);
  }

  return {
    keysOf: async (organizationId) => (await entryOf(organizationId).held).keys,
    async withKeys(organizationId, work) {
      const entry = entryOf(organizationId);
      try {
        return work((await entry.held).keys);
      } catch (error) {
        if (!(error instanceof UnknownKeyVersionError)) throw error;
        const isNewest = entries.get(organizationId) === entry;
        const next = isNewest ? read(organizationId) : entryOf(organizationId);
        return work((await next.held).keys);
      }
    },
    async reread(organizationId) {
      requireRightPlace(database, organizationId);
      return (await read(organizationId).held).keys;
    },
    async close() {
      for (const [organizationId, entry] of entries) {
        const held = await entry.held.catch(() => undefined);
        if (held !== undefined) await asSystem(() => reportUses(parts, organizationId, held.uses));
      }
      entries.clear();
    },
  };
}

/**
 * Keys read inside a transaction could be ones that are rolled back with it, and on the embedded engine would wait for it;
 * keys of another organization than the scope's are nobody's business (`database-scope.ts`).
 */
function requireRightPlace(database: Database, organizationId: string): void {
  if (database.isInsideTransaction())
    throw new Error('Keys were asked for inside a transaction. Ask before it begins.');
  const scope = currentScope();
  if (scope.kind === 'organization' && scope.organizationId !== organizationId)
    throw new Error('Keys were asked for outside the scope of their organization.');
}
