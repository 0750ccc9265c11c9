import {
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
 * A retired key is deleted no sooner than this: a process may seal with it for half a minute after it was retired, and a
 * statement it sent then may take a while. What comes later still the table refuses (`require_data_key`).
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
    await rotateDataKey(parts, organizationId);
  for (const organizationId of await listRotatingOrganizations(parts.database))
    await finishRotation(parts, organizationId);
}

async function finishRotation(
  parts: RotationParts,
  organizationId: string,
): Promise<Omit<Rotation, 'isNew'>> {
  const { database, vault, clock, logger } = parts;
  await vault.reread(organizationId);
  const { resealed, unreadable } = await resealTables(parts, organizationId);
  if (unreadable > 0)
    logger.error({ organizationId, unreadable }, 'sealed rows do not open; their key version is kept');
  const versionsLeft: number[] = [];
  const oldEnough = clock.now().getTime() - graceMs;
  for (const { version, retiredAt } of await listDataKeys(parts, organizationId)) {
    if (retiredAt === null) continue;
    if (retiredAt.getTime() <= oldEnough && !(await isNeeded(parts, organizationId, version)))
      await deleteDataKey(database, organizationId, version);
    else versionsLeft.push(version);
  }
  return { organizationId, resealed, unreadable, versionsLeft };
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
