/**
 * One process per data directory. The embedded engine takes no lock of its own, and two processes on one
 * directory lose committed rows.
 *
 * The lock is the operating system's record lock on a file, taken through Node's own SQLite because Node has no
 * call for it. The kernel drops it when the process ends, `kill -9` included, so nothing stale is left to judge:
 * a file holding a process id would be wrong once the id is used again, and a socket in the abstract namespace
 * does not exclude a second container that mounts the same directory. It excludes nobody across machines
 * on a network file system without locks; the directory belongs on a local disk.
 */

import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DirectoryLock {
  release(): void;
}

/** Somebody else works in the directory. `message` names it and, when known, the process. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

const lockFile = 'precert.lock';
/** Only for the message; whoever holds the lock is told by the lock alone. */
const holderFile = 'precert.lock-holder';

/**
 * Locks `directory`, creating it when missing, until `release` or the end of the process.
 * @throws DirectoryInUseError when it is locked already, also by this process.
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(directory, lockFile));
  try {
    // No journal: nothing is ever written, and a stray journal file would only puzzle.
    lock.exec('pragma journal_mode = off; begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new DirectoryInUseError(inUseMessage(directory), { cause: error });
  }
  writeFileSync(join(directory, holderFile), `${process.pid} on ${hostname()}\n`);
  return {
    release: () => {
      if (!lock.isOpen) return;
      rmSync(join(directory, holderFile), { force: true });
      lock.close();
    },
  };
}

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'errcode') === 5;
}

function inUseMessage(directory: string): string {
  return (
    `The data directory ${realpathSync(directory)} is in use by ${holder(directory)}. ` +
    'The embedded database serves one process at a time: stop that process, or choose another directory.'
  );
}

function holder(directory: string): string {
  try {
    return `process ${readFileSync(join(directory, holderFile), 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
}
