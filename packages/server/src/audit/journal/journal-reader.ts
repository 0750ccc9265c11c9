import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEntry } from '../audit-entry.ts';
import { readLine } from './journal-line.ts';
import { isSegment } from './journal-writer.ts';

/** What was read and is to be moved into the table. */
export interface JournalBatch {
  /** Entries whose end is known. */
  readonly entries: readonly AuditEntry[];
  /** Lines nobody can read, such as one that a power cut tore. */
  readonly unreadable: readonly string[];
  readonly bytes: number;
  /** To be called once the entries are in the table: the next batch begins behind this one. */
  commit(): void;
}

/** Reads a journal directory from its beginning, once, while its writer may still be appending. */
export interface JournalReader {
  /** What was read and committed so far, in bytes. */
  readonly committedBytes: number;
  /** The next lines; undefined when there are none at present. The same again until `commit`. */
  next(): JournalBatch | undefined;
  /** Entries whose end has not come so far. */
  openEntries(): readonly AuditEntry[];
}

/** Some 300 lines: one transaction, and a few milliseconds of computing at a time. */
const batchBytes = 128 * 1024;

interface OpenEntry {
  readonly entry: AuditEntry;
  readonly segment: string;
}

/**
 * @param options.isWhole the writer is gone: a last line without its end will never get it. Otherwise the writer is
 *   this process, so that nothing is appended while we read.
 */
export function createJournalReader(
  directory: string,
  { isWhole }: { readonly isWhole: boolean },
): JournalReader {
  const open = new Map<string, OpenEntry>();
  let segment: string | undefined;
  let offset = 0;
  let committedBytes = 0;

  function next(): JournalBatch | undefined {
    const names = readdirSync(directory).filter(isSegment).sort();
    segment ??= names[0];
    if (segment === undefined) return undefined;
    const following = names[names.indexOf(segment) + 1];
    const lines = readLines(join(directory, segment), offset, isWhole || following !== undefined);
    if (lines !== undefined) return batchOf(segment, lines);
    if (following === undefined) return undefined;
    // The writer has left a segment when the one behind it is there.
    segment = following;
    offset = 0;
    removeRead(names);
    return next();
  }

  function batchOf(name: string, { texts, bytes }: Lines): JournalBatch {
    const entries: AuditEntry[] = [];
    const unreadable: string[] = [];
    const opened = new Map<string, OpenEntry>();
    for (const text of texts) {
      const line = readLine(text);
      if (line === undefined) unreadable.push(text);
      else if (line.isOpen) opened.set(line.entry.id, { entry: line.entry, segment: name });
      else {
        entries.push(line.entry);
        opened.delete(line.entry.id);
      }
    }
    const commit = () => {
      for (const { id } of entries) open.delete(id);
      for (const [id, entry] of opened) open.set(id, entry);
      offset += bytes;
      committedBytes += bytes;
    };
    return { entries, unreadable, bytes, commit };
  }

  /** Segments that were left behind and begin no entry whose end is still to come. */
  function removeRead(names: readonly string[]): void {
    const needed = new Set([...open.values()].map((entry) => entry.segment));
    for (const name of names) {
      if (segment === undefined || name >= segment) return;
      if (!needed.has(name)) rmSync(join(directory, name), { force: true });
    }
  }

  return {
    get committedBytes() {
      return committedBytes;
    },
    next,
    openEntries: () => [...open.values()].map(({ entry }) => entry),
  };
}

interface Lines {
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** Whole lines from an offset on; undefined when there is none. */
function readLines(path: string, offset: number, isWhole: boolean): Lines | undefined {
  const rest = statSync(path).size - offset;
  if (rest <= 0) return undefined;
  const bytes = readBytes(path, offset, Math.min(rest, batchBytes));
  const end = bytes.lastIndexOf('\n') + 1;
  // No line of ours is as long as a batch, so without a break in it this is garbage, or the torn end of a file.
  const taken = end > 0 ? end : isWhole || bytes.length === batchBytes ? bytes.length : 0;
  if (taken === 0) return undefined;
  const texts = bytes.toString('utf8', 0, taken).split('\n');
  return { texts: texts.filter((text) => text !== ''), bytes: taken };
}

function readBytes(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  } finally {
    closeSync(file);
  }
}
