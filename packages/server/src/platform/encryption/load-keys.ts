import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { PrecertError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { addKeyUses, type DataKey, insertDataKey, readDataKeys } from './data-key-queries.ts';
import { type DataKeyContext, type KeyRing, MasterKeyError } from './key-provider.ts';
import { type KeyUses, type OrganizationKeys, organizationKeys } from './organization-keys.ts';

/** A wrapped key is unwrapped again after this long, so that a master key taken away is missed. */
const unwrapAgainMs = 4 * 60_000;

export interface VaultParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly ring: KeyRing;
  readonly logger: Logger;
}

interface UnwrappedKey {
  readonly wrapped: Uint8Array;
  readonly key: KeyObject;
  readonly unwrappedAt: number;
}

export interface HeldKeys {
  readonly keys: OrganizationKeys;
  readonly uses: KeyUses;
  readonly unwrapped: readonly UnwrappedKey[];
}

/**
 * Reads an organization's keys, making those that are missing.
 * @param former what was held before: keys unwrapped a short while ago are not unwrapped again
 * @throws PrecertError as `Vault.keysOf`
 */
export async function loadKeys(
  parts: VaultParts,
  organizationId: string,
  former: Promise<HeldKeys> | undefined,
  nextNonce: () => Uint8Array,
): Promise<HeldKeys> {
  const before = await former?.catch(() => undefined);
  if (before !== undefined) await reportUses(parts, organizationId, before.uses);
  const rows = await ensureKeys(parts, organizationId);
  const unwrapped = await unwrapAll(parts, rows, before?.unwrapped ?? []).catch((error: unknown) => {
    throw asUnavailability(parts.logger, error);
  });
  const dataKeys = new Map<number, KeyObject>();
  let indexKey: KeyObject | undefined;
  rows.forEach(({ purpose, version }, at) => {
    const key = unwrapped[at]?.key;
    if (purpose === 'index') indexKey = key;
    else if (key !== undefined) dataKeys.set(version, key);
  });
  if (indexKey === undefined) throw new Error('An organization has no index key.');
  const uses = usesOf(rows, before?.uses);
  const keys = organizationKeys({ organizationId, dataKeys, indexKey, uses, nextNonce });
  return { keys, uses, unwrapped };
}

/** The newest data key seals. The counter of a version goes on while its former holders may still count. */
function usesOf(rows: readonly DataKey[], before: KeyUses | undefined): KeyUses {
  const newest = rows
    .filter(({ purpose }) => purpose === 'data')
    .reduce((left, right) => (right.version > left.version ? right : left));
  if (before?.version !== newest.version)
    return { version: newest.version, counted: newest.uses, sinceCounted: 0 };
  before.counted = newest.uses;
  return before;
}

/** Keys as they are kept; those that are missing are made. Of processes that make one at once, all take the first. */
async function ensureKeys(parts: VaultParts, organizationId: string): Promise<readonly DataKey[]> {
  const kept = await readKept(parts, organizationId);
  const missing = (['data', 'index'] as const).filter((wanted) =>
    kept.every(({ purpose }) => purpose !== wanted),
  );
  if (missing.length === 0) return kept;
  for (const purpose of missing) await makeDataKey(parts, { organizationId, purpose, version: 1 });
  return readKept(parts, organizationId);
}

async function readKept({ database }: VaultParts, organizationId: string): Promise<readonly DataKey[]> {
  const kept = await readDataKeys(database, organizationId);
  if (kept === undefined) throw new Error('Keys were asked for of an organization that does not exist.');
  if (kept !== 'shredded') return kept;
  throw new PrecertError('insufficient_permissions', 'The data of this organization was destroyed.');
}

/** Makes and keeps a new data key, unless there is one of this version. */
export async function makeDataKey(
  { database, clock, ring, logger }: VaultParts,
  context: DataKeyContext,
): Promise<void> {
  const bytes = randomBytes(32);
  try {
    const wrapped = await ring.current.wrap(bytes, context);
    await insertDataKey(database, {
      ...context,
      masterKey: ring.current.id,
      wrapped,
      createdAt: clock.now(),
    });
  } catch (error) {
    throw asUnavailability(logger, error);
  } finally {
    bytes.fill(0);
  }
}

async function unwrapAll(
  { ring, clock }: VaultParts,
  rows: readonly DataKey[],
  before: readonly UnwrappedKey[],
): Promise<readonly UnwrappedKey[]> {
  const now = clock.now().getTime();
  return Promise.all(
    rows.map(async (row) => {
      const known = before.find(({ wrapped }) => Buffer.compare(wrapped, row.wrapped) === 0);
      if (known !== undefined && Math.abs(now - known.unwrappedAt) < unwrapAgainMs) return known;
      const bytes = await unwrapDataKey(ring, row);
      const key = createSecretKey(bytes);
      bytes.fill(0);
      return { wrapped: row.wrapped, key, unwrappedAt: now };
    }),
  );
}

/** @throws MasterKeyError, PrecertError `service_unavailable` */
export async function unwrapDataKey(ring: KeyRing, row: DataKey): Promise<Uint8Array> {
  const master = ring.find(row.masterKey);
  if (master !== undefined) return master.unwrap(row.wrapped, row);
  throw new MasterKeyError(
    `Data keys in the database are wrapped with the master key \`${row.masterKey}\`, which this process does not have. ` +
      'Add it to PRECERT_MASTER_KEY, or restore the file master-key of the data directory.',
  );
}

/** Adds what was sealed since the last count to the key's own. */
export async function reportUses(
  { database, logger }: VaultParts,
  organizationId: string,
  uses: KeyUses,
): Promise<void> {
  const { sinceCounted } = uses;
  if (sinceCounted === 0) return;
  uses.sinceCounted -= sinceCounted;
  try {
    await addKeyUses(database, organizationId, uses.version, sinceCounted);
  } catch (error) {
    uses.sinceCounted += sinceCounted;
    logger.warn({ err: error, organizationId }, 'the uses of a data key could not be counted; trying again');
  }
}

/** A server that runs has started with the right keys: what is wrong with them now is for its operator, not the caller. */
function asUnavailability(logger: Logger, error: unknown): unknown {
  if (!(error instanceof MasterKeyError)) return error;
  logger.error({ err: error }, 'a master key cannot be used');
  return new PrecertError('service_unavailable', 'The key service is not available. Try again shortly.', {
    retryAfterSeconds: 5,
    cause: error,
  });
}
