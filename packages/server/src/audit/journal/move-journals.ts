import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../platform/observability/logger.ts';
import type { AuditEntry } from '../audit-entry.ts';
import { type JournalDirectory, takeAbandonedJournals } from './journal-directory.ts';
import { createJournalReader, type JournalReader } from './journal-reader.ts';

export interface MoveJournalsParts {
  /** The audit directory, with the journals below it. */
  readonly root: string;
  readonly logger: Logger;
  /** Puts entries into the table; those that are there already are left out. */
  readonly store: (entries: readonly AuditEntry[]) => Promise<void>;
}

/** Moves everything that is in the journal at present. Rejects when the table cannot be reached; then the rest stays. */
export async function moveLines(parts: MoveJournalsParts, reader: JournalReader): Promise<void> {
  for (let batch = reader.next(); batch !== undefined; batch = reader.next()) {
    await parts.store(batch.entries);
    // Behind what may fail and be tried again: a line is set aside once.
    if (batch.unreadable.length > 0) await setAside(parts, batch.unreadable);
    batch.commit();
  }
}

/** Moves entries whose end nobody will tell any more: with the outcome they began with, `unknown`. */
export async function moveOpenEntries(parts: MoveJournalsParts, reader: JournalReader): Promise<void> {
  await parts.store(reader.openEntries());
}

/** Moves and removes the journals of processes that are gone. Any number of processes may try at once. */
export async function moveAbandonedJournals(parts: MoveJournalsParts): Promise<void> {
  const failures: unknown[] = [];
  for (const journal of await takeAbandonedJournals(parts.root)) {
    try {
      await moveAbandoned(parts, journal);
    } catch (error) {
      // It is tried again, here or elsewhere, and holds up no other.
      journal.release();
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function moveAbandoned(parts: MoveJournalsParts, journal: JournalDirectory): Promise<void> {
  const reader = createJournalReader(journal.path, { isWhole: true });
  await moveLines(parts, reader);
  await moveOpenEntries(parts, reader);
  journal.remove();
  const { committedBytes: bytes } = reader;
  if (bytes > 0) parts.logger.info({ bytes }, 'the audit journal of a process that ended was moved');
}

/** A line nobody can read is kept for whoever looks into it: after a power cut it may be half an entry. */
async function setAside({ root, logger }: MoveJournalsParts, lines: readonly string[]): Promise<void> {
  logger.error({ lines: lines.length }, 'lines of an audit journal cannot be read and were set aside');
  await appendFile(join(root, 'unreadable.jsonl'), `${lines.join('\n')}\n`, { mode: 0o600 });
}
