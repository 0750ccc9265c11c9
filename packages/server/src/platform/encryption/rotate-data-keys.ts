import {
  closeDataKey,
  type DataKey,
  deleteDataKey,
  listRotatingOrganizations,
  listWornOrganizations,
  readDataKeys,
  retireFormerKeys,
} from './data-key-queries.ts';
import { makeDataKey, type VaultParts } from './load-keys.ts';
import { wornUses } from './organization-keys.ts';
import { resealTable, usesVersion } from './reseal-table.ts';
import type { SealedTable } from './sealed-table.ts';
import type { Vault } from './vault.ts';

/**
 * A retired key is closed no sooner than this: a process may seal with it for half a minute after it was retired, and a
 * statement it sent then may take a while. What comes later still the tables refuse (`require_data_key`). It is deleted
 * this much later again: a write that passed the tables before the key was closed has ended by then and can be seen.
 */
const graceMs = 10 * 60_000;

/** Rows that processes sealed with the old key meanwhile are met by the next round. */
const maximumRounds = 5;

export interface RotationParts extends VaultParts {
  readonly vault: Vault;
  readonly sealedTables: readonly SealedTable[];
}

export interface Rotation {
  readonly organizationId: string;
  /** False when an earlier rotation was still to be finished: that was done instead. */
  readonly isNew: boolean;
  readonly resealed: number;
  readonly unreadable: number;
  /** Versions that nothing needs but that are too young to be deleted, and those that something still needs. */
  readonly versionsLeft: readonly number[];
}

/**
 * Gives an organization a new data key and seals its rows anew with it, while requests go on. Safe to run again at any
 * time, and beside itself: each step finds what is left to do.
 * @returns undefined for an organization without keys
 */
export async function rotateDataKey(
  parts: RotationParts,
  organizationId: string,
): Promise<Rotation | undefined> {
  const { database, clock } = parts;
  await retireFormerKeys(database, organizationId, clock.now());
  const keys = await listDataKeys(parts, organizationId);
  const newest = keys.at(-1);
  if (newest === undefined) return undefined;
  const isNew = keys.every(({ retiredAt }) => retiredAt === null);
  if (isNew) {
    await makeDataKey(parts, { organizationId, purpose: 'data', version: newest.version + 1 });
    await retireFormerKeys(database, organizationId, clock.now());
  }
  return { ...(await finishRotation(parts, organizationId)), isNew };
}

/** For the server itself: ends rotations, and begins those of keys that have sealed much. */
export async function keepDataKeysFresh(parts: RotationParts): Promise<void> {
  for (const organizationId of await listWornOrganizations(parts.database, wornUses))
    await apart(parts, organizationId, () => rotateDataKey(parts, organizationId));
  for (const organizationId of await listRotatingOrganizations(parts.database))
    await apart(parts, organizationId, () => finishRotation(parts, organizationId));
}

/** Keys of one organization that cannot be had hold up no other organization; the next sweep tries again. */
async function apart(
  { logger }: RotationParts,
  organizationId: string,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.error({ err: error, organizationId }, 'the data keys of an organization could not be kept fresh');
  }
}

async function finishRotation(
  parts: RotationParts,
  organizationId: string,
): Promise<Omit<Rotation, 'isNew'>> {
  const { vault, logger } = parts;
  await vault.reread(organizationId);
  const { resealed, unreadable } = await resealTables(parts, organizationId);
  if (unreadable > 0)
    logger.error({ organizationId, unreadable }, 'sealed rows do not open; their key version is kept');
  const versionsLeft: number[] = [];
  for (const key of await listDataKeys(parts, organizationId)) {
    if (key.retiredAt === null) continue;
    const isGone = await closeOrDelete(parts, key, key.retiredAt);
    if (!isGone) versionsLeft.push(key.version);
  }
  return { organizationId, resealed, unreadable, versionsLeft };
}

/** One step on the way of a retired key; true when it was the last one. */
async function closeOrDelete(parts: RotationParts, key: DataKey, retiredAt: Date): Promise<boolean> {
  const { database, clock } = parts;
  const { organizationId, version, closedAt } = key;
  const now = clock.now();
  const since = closedAt ?? retiredAt;
  if (now.getTime() - since.getTime() < graceMs || (await isNeeded(parts, organizationId, version)))
    return false;
  if (closedAt === null) {
    await closeDataKey(database, organizationId, version, now);
    return false;
  }
  await deleteDataKey(database, organizationId, version);
  return true;
}

async function resealTables(
  parts: RotationParts,
  organizationId: string,
): Promise<{ readonly resealed: number; readonly unreadable: number }> {
  let resealed = 0;
  let unreadable = 0;
  for (let round = 0; round < maximumRounds; round += 1) {
    let inRound = 0;
    unreadable = 0;
    for (const table of parts.sealedTables) {
      const done = await resealTable(parts, organizationId, table);
      inRound += done.rows;
      unreadable += done.unreadable;
    }
    resealed += inRound;
    if (inRound === 0) break;
  }
  return { resealed, unreadable };
}

async function isNeeded(
  { database, sealedTables }: RotationParts,
  organizationId: string,
  version: number,
): Promise<boolean> {
  for (const table of sealedTables)
    if (await usesVersion(database, organizationId, table, version)) return true;
  return false;
}

/** Those that seal, by version. */
async function listDataKeys(
  { database }: RotationParts,
  organizationId: string,
): Promise<readonly DataKey[]> {
  const keys = await readDataKeys(database, organizationId);
  if (keys === undefined || keys === 'shredded') return [];
  return keys
    .filter(({ purpose }) => purpose === 'data')
    .toSorted((left, right) => left.version - right.version);
}
