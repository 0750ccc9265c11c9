import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { auditFlushMs, auditSegmentBytes } from '../../config/limits.ts';

export interface JournalWriterOptions {
  /** Puts all bytes behind the file's end, or says how many it got there. */
  readonly write?: (file: number, bytes: Uint8Array) => number;
  readonly segmentBytes?: number;
  readonly onFlushFailure: (error: unknown) => void;
}

/** Appends to the segments of one journal directory. */
export interface JournalWriter {
  /** Everything appended so far, in bytes. */
  readonly appendedBytes: number;
  /**
   * When it returns, the text outlives the process: the kernel has it. It outlives a power cut once the file has been
   * flushed to the disk, within a second.
   * @throws the system's error, or one about a short write; then nothing was appended
   */
  append(text: string): void;
  close(): void;
}

export function openJournalWriter(directory: string, options: JournalWriterOptions): JournalWriter {
  const { write = writeSync, segmentBytes = auditSegmentBytes } = options;
  let segment = openSegment(directory, 1);
  let appendedBytes = 0;
  let isClosed = false;
  const flusher = createFlusher(() => segment.file, options.onFlushFailure);

  function startNextSegment(): void {
    // Opened first: when that fails, the full one is still there to be appended to.
    const next = openSegment(directory, segment.number + 1);
    flusher.flushAndClose(segment.file);
    segment = next;
  }

  return {
    get appendedBytes() {
      return appendedBytes;
    },
    append(text) {
      // The number of a closed file may be another file's by now.
      if (isClosed) throw new Error('The journal is closed.');
      if (segment.bytes >= segmentBytes) startNextSegment();
      const bytes = Buffer.from(text);
      const written = write(segment.file, bytes);
      if (written !== bytes.length) {
        // The disk filled up in the middle: half a line must not stay.
        ftruncateSync(segment.file, segment.bytes);
        throw new Error('The disk took a part of the line only.');
      }
      segment.bytes += written;
      appendedBytes += written;
      flusher.schedule();
    },
    close() {
      isClosed = true;
      flusher.stop();
      closeSync(segment.file);
    },
  };
}

interface Segment {
  readonly number: number;
  readonly file: number;
  bytes: number;
}

function openSegment(directory: string, number: number): Segment {
  // Appending: no position to keep, and a second writer could not overwrite anything.
  const file = openSync(join(directory, segmentName(number)), 'a', 0o600);
  return { number, file, bytes: 0 };
}

/** They sort as they were written. */
function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.jsonl`;
}

export function isSegment(name: string): boolean {
  return /^\d{8}\.jsonl$/.test(name);
}

/** One flush for all that is written in its time: a flush for each line would make every request wait for the disk. */
function createFlusher(currentFile: () => number, onFailure: (error: unknown) => void) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const flush = (file: number, afterwards: () => void) =>
    fdatasync(file, (error) => {
      if (error !== null && !isStopped) onFailure(error);
      afterwards();
    });
  return {
    schedule(): void {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        flush(currentFile(), () => undefined);
      }, auditFlushMs);
      timer.unref();
    },
    flushAndClose(file: number): void {
      flush(file, () => closeSync(file));
    },
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
