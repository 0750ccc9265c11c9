import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MasterKeyError } from './key-provider.ts';
import { formatMasterKey, type MasterKey, parseMasterKeys } from './master-key.ts';

/** Where a sandbox keeps the master key it generated; its lines are fit for `PRECERT_MASTER_KEY`. */
export function masterKeyPath(dataDirectory: string): string {
  return join(dataDirectory, 'master-key');
}

/** @throws MasterKeyError for a file that holds no keys */
export async function readMasterKeyFile(dataDirectory: string): Promise<readonly MasterKey[]> {
  const path = masterKeyPath(dataDirectory);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const keys = parseMasterKeys(text);
  if (keys === undefined) throw new MasterKeyError(`${path} is damaged: restore it from a backup.`);
  return keys;
}

/**
 * Makes the file unless it is there. Written beside its place and linked: of two processes that start together one makes
 * it, and neither reads half of it.
 */
export async function generateMasterKeyFile(dataDirectory: string): Promise<void> {
  const key: MasterKey = { id: `k${randomBytes(4).toString('hex')}`, bytes: randomBytes(32) };
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const path = masterKeyPath(dataDirectory);
  const temporary = `${path}.${key.id}`;
  await writeFile(temporary, `${formatMasterKey(key)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(temporary);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
