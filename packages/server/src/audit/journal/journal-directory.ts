import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DirectoryInUseError,
  type DirectoryLock,
  lockDirectory,
} from '../../platform/database/directory-lock.ts';

/** The journal of one process: a folder of its own below the audit directory, locked as long as the process lives. */
export interface JournalDirectory {
  readonly path: string;
  /** Lets go of it; what is in it is another process's to move. */
  release(): void;
  /** Lets go of it and removes it with all that is in it. */
  remove(): void;
}

const prefix = 'journal-';

/** A new journal directory below `root`. */
export function createJournalDirectory(root: string): Promise<JournalDirectory> {
  return withRootLocked(root, () => {
    const path = join(root, `${prefix}${randomUUID()}`);
    return locked(path, lockDirectory(path));
  });
}

/** Takes the journals below `root` whose processes are gone: their locks ended with them. */
export function takeAbandonedJournals(root: string): Promise<readonly JournalDirectory[]> {
  return withRootLocked(root, () =>
    readdirSync(root)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => takeIfAbandoned(join(root, name))),
  );
}

function takeIfAbandoned(path: string): JournalDirectory[] {
  const lock = tryToLock(path);
  return lock === undefined ? [] : [locked(path, lock)];
}

function locked(path: string, lock: DirectoryLock): JournalDirectory {
  return {
    path,
    release: () => lock.release(),
    remove: () => {
      lock.release();
      // Whoever locks it in this moment finds nothing in it: what was there has been moved and removed.
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const waits = { times: 200, ms: 10 };

/**
 * Between its creation and its lock a directory would look like one whose process is gone, so both happen while
 * nobody else looks. Held for a few milliseconds.
 * @throws DirectoryInUseError when somebody holds it for seconds
 */
async function withRootLocked<Result>(root: string, work: () => Result): Promise<Result> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (let count = 0; count < waits.times; count += 1) {
    const lock = tryToLock(root);
    if (lock !== undefined) return finallyRelease(lock, work);
    await delay(waits.ms);
  }
  return finallyRelease(lockDirectory(root), work);
}

function finallyRelease<Result>(lock: DirectoryLock, work: () => Result): Result {
  try {
    return work();
  } finally {
    lock.release();
  }
}

function tryToLock(path: string): DirectoryLock | undefined {
  try {
    return lockDirectory(path);
  } catch (error) {
    if (error instanceof DirectoryInUseError) return undefined;
    throw error;
  }
}
