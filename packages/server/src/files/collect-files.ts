import type { Logger } from '../platform/observability/logger.ts';
import {
  beforeAllFiles,
  type CollectedFile,
  deleteFiles,
  type FilePosition,
  failUnfinishedUploads,
  findUnknownKeys,
  listFailedUploads,
  listPreviewsBefore,
  listUnusedDocuments,
} from './collect-queries.ts';
import type { FilesContext } from './files-context.ts';
import { storageFolder } from './storage-key.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** What was left behind before the process began is looked for this far back. */
const searchedDays = 31;

/** Few at a time: each row that goes is looked up in every table that may name it. */
const batchSize = 100;

export interface CollectorContext extends Pick<FilesContext, 'database' | 'blobs' | 'clock'> {
  readonly logger: Logger;
}

/**
 * What removes files that nobody needs any more: previews older than their lifetime, uploads not finished within a
 * day, and whatever a failure in the middle of a write left for a day: documents that no case holds, bytes without a
 * row. Bytes go before their row, so that nothing is forgotten while it still lies on the disk. Safe to run twice, and
 * beside another server's.
 * @returns the sweep. It throws when the database refuses; bytes that cannot be removed are logged and tried again.
 */
export function createFileCollector(
  context: CollectorContext,
  previewLifetimeMs: number,
): () => Promise<void> {
  const { database, clock } = context;
  let searchedUntil: Date | undefined;
  return async () => {
    const now = clock.now().getTime();
    await removeAll(context, (after) =>
      listPreviewsBefore(database, new Date(now - previewLifetimeMs), after, batchSize),
    );
    await failUnfinishedUploads(database, new Date(now - dayMs));
    await removeAll(context, (after) => listFailedUploads(database, new Date(now - dayMs), after, batchSize));

    // Whole days that ended a day ago: whoever wrote then has long written its row.
    const until = new Date(Math.floor(now / dayMs - 1) * dayMs);
    const from = searchedUntil ?? new Date(until.getTime() - searchedDays * dayMs);
    if (from >= until) return;
    const fromThen = { createdAt: from, id: '' };
    let left = await removeAll(
      context,
      (after) => listUnusedDocuments(database, until, after, batchSize),
      fromThen,
    );
    for (let day = from.getTime(); day < until.getTime(); day += dayMs)
      left += await removeUnknownBytes(context, new Date(day));
    if (left === 0) searchedUntil = until;
  };
}

/** @returns how many could not be removed */
async function removeAll(
  context: CollectorContext,
  list: (after: FilePosition) => Promise<readonly CollectedFile[]>,
  start: FilePosition = beforeAllFiles,
): Promise<number> {
  let left = 0;
  let after: FilePosition | undefined = start;
  while (after !== undefined) {
    const files = await list(after);
    after = files.at(-1);
    const removed: CollectedFile[] = [];
    for (const file of files) {
      if (file.storageKey === null || (await isRemoved(context, file.storageKey))) removed.push(file);
    }
    await deleteFiles(context.database, removed);
    left += files.length - removed.length;
  }
  return left;
}

/** @returns how many could not be removed */
async function removeUnknownBytes(context: CollectorContext, day: Date): Promise<number> {
  let left = 0;
  const keys = await context.blobs.list(storageFolder(day));
  for (let start = 0; start < keys.length; start += batchSize) {
    const unknown = await findUnknownKeys(context.database, keys.slice(start, start + batchSize));
    for (const key of unknown) if (!(await isRemoved(context, key))) left += 1;
  }
  return left;
}

/** False when the bytes are still there; one file that cannot be removed must not keep the others. */
async function isRemoved(context: CollectorContext, storageKey: string): Promise<boolean> {
  try {
    await context.blobs.remove(storageKey);
    return true;
  } catch (error) {
    context.logger.warn({ err: error, storageKey }, 'stored bytes could not be removed; trying again later');
    return false;
  }
}
