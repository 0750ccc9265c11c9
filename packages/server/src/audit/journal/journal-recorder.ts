import type { Clock } from '../../platform/clock.ts';
import { PrecertError } from '../../platform/errors.ts';
import type { IdGenerator } from '../../platform/ids.ts';
import type { Logger } from '../../platform/observability/logger.ts';
import { makeEntry } from '../audit-entry.ts';
import type { AuditRecorder } from '../audit-recorder.ts';
import { type JournalLine, writeLine } from './journal-line.ts';
import type { JournalWriter } from './journal-writer.ts';

export interface JournalRecorderParts {
  readonly writer: Pick<JournalWriter, 'append'>;
  /** What waits to be moved into the table, in bytes. */
  readonly backlog: () => number;
  readonly backlogLimit: number;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
}

/** Puts each entry into this process's journal before the caller goes on. */
export function createJournalRecorder(parts: JournalRecorderParts): AuditRecorder {
  const { writer, backlog, backlogLimit, clock, ids, logger } = parts;
  let isFailing = false;

  function append(text: string): void {
    try {
      writer.append(text);
      if (isFailing) logger.info('the audit journal can be written again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.error({ err: error }, 'the audit journal cannot be written');
      isFailing = true;
      throw unwritable(error);
    }
  }

  function write(line: JournalLine): void {
    if (backlog() >= backlogLimit) throw unwritable();
    append(writeLine(line));
  }

  return {
    assertWritable() {
      if (backlog() >= backlogLimit) throw unwritable();
      // After a failure only a write can tell; an empty line means nothing to whoever reads the journal.
      if (isFailing) append('\n');
    },
    record(happening, result) {
      write({ entry: makeEntry(ids.next('aud'), clock.now(), happening, result), isOpen: false });
    },
    begin(happening) {
      const [id, now] = [ids.next('aud'), clock.now()];
      write({ entry: makeEntry(id, now, happening, { outcome: 'unknown' }), isOpen: true });
      let isComplete = false;
      return {
        complete(result) {
          if (isComplete) return;
          isComplete = true;
          try {
            // Whatever waits already: the entry has begun, and this line lets go of it.
            append(writeLine({ entry: makeEntry(id, now, happening, result), isOpen: false }));
          } catch {
            // Logged; the entry stands as it began.
          }
        },
      };
    },
  };
}

function unwritable(cause?: unknown): PrecertError {
  return new PrecertError('service_unavailable', 'The audit trail cannot be written. Try again shortly.', {
    retryAfterSeconds: 5,
    cause,
  });
}
