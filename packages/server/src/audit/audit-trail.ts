import { abandonedAuditMs, auditBacklogBytes, auditHeadsMs, auditMoveMs } from '../config/limits.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import { asSystem } from '../platform/database/database-scope.ts';
import { createIdGenerator } from '../platform/ids.ts';
import { createSweepers, repeatTimer } from '../platform/jobs/sweepers.ts';
import { type Logger, subsystemLogger } from '../platform/observability/logger.ts';
import { appendAnchors } from './anchor-file.ts';
import { appendEntries } from './append-entries.ts';
import { listHeads } from './audit-queries.ts';
import type { AuditRecorder } from './audit-recorder.ts';
import { createHeadExport } from './head-export.ts';
import { createJournalDirectory } from './journal/journal-directory.ts';
import { createJournalReader } from './journal/journal-reader.ts';
import { createJournalRecorder } from './journal/journal-recorder.ts';
import { type JournalWriterOptions, openJournalWriter } from './journal/journal-writer.ts';
import {
  type MoveJournalsParts,
  moveAbandonedJournals,
  moveLines,
  moveOpenEntries,
} from './journal/move-journals.ts';

export interface AuditTrailParts {
  readonly database: Database;
  /** Of the journals: on a local disk, shared by all processes on one database. */
  readonly directory: string;
  /** Where the heads of the chains are written. */
  readonly anchorPath: string;
  readonly chainHash: KeyedHash;
  readonly anchorHash: KeyedHash;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly overrides?: AuditOverrides;
}

/** What a test may put in place of the real thing. */
export interface AuditOverrides extends Pick<JournalWriterOptions, 'write' | 'segmentBytes'> {
  readonly backlogBytes?: number;
}

export interface AuditTrail extends AuditRecorder {
  /** From now on journals are moved and heads written by themselves, whether or not this process handles jobs. */
  start(): void;
  /** Moves what this process recorded into the table. */
  moveJournal(): Promise<void>;
  /** Moves what processes recorded that are gone. */
  moveAbandonedJournals(): Promise<void>;
  /** Writes the heads of the chains that grew to the anchor file. */
  exportHeads(): Promise<void>;
  /** Moves the rest, writes the heads; nothing is recorded afterwards. What cannot be moved stays for the next start. */
  close(): Promise<void>;
}

/** The audit trail of one process. @throws the system's error when the journal cannot be made */
export async function openAuditTrail(parts: AuditTrailParts): Promise<AuditTrail> {
  const { database, directory: root, chainHash, anchorHash, anchorPath, clock, overrides = {} } = parts;
  const logger = subsystemLogger(parts.logger, 'audit');
  const journal = await createJournalDirectory(root);
  const writer = openJournalWriter(journal.path, {
    ...overrides,
    onFlushFailure: (error) => logger.error({ err: error }, 'the audit journal could not be flushed'),
  });
  const reader = createJournalReader(journal.path, { isWhole: false });
  const heads = createHeadExport({
    listAll: () => listHeads(database),
    tell: (told) => appendAnchors(anchorPath, anchorHash, told, clock.now()),
  });
  const moving: MoveJournalsParts = {
    root,
    logger,
    store: async (entries) => heads.note(await appendEntries(database, chainHash, entries)),
  };
  const recorder = createJournalRecorder({
    writer,
    backlog: () => writer.appendedBytes - reader.committedBytes,
    backlogLimit: overrides.backlogBytes ?? auditBacklogBytes,
    clock,
    ids: createIdGenerator(clock),
    logger,
  });
  const inTurn = createTurns();
  const moveJournal = () => inTurn(() => asSystem(() => moveLines(moving, reader)));
  const moveAbandoned = () => asSystem(() => moveAbandonedJournals(moving));
  let hasToldAll = false;

  async function exportHeads(): Promise<void> {
    await (hasToldAll ? heads.tellGrown() : asSystem(() => heads.tellAll()));
    hasToldAll = true;
  }

  const upkeep = createSweepers(logger, repeatTimer);
  upkeep.add('audit-journal', auditMoveMs, moveJournal);
  upkeep.add('abandoned-audit-journals', abandonedAuditMs, moveAbandoned);
  upkeep.add('audit-heads', auditHeadsMs, exportHeads);

  async function closeJournal(): Promise<void> {
    writer.close();
    try {
      await moveLines(moving, reader);
      await moveOpenEntries(moving, reader);
    } catch (error) {
      logger.error({ err: error }, 'the audit journal could not be moved; the next start does it');
      return journal.release();
    }
    journal.remove();
    await heads
      .tellGrown()
      .catch((error: unknown) => logger.error({ err: error }, 'the audit heads could not be written'));
  }

  return {
    ...recorder,
    start: () => upkeep.start(),
    moveJournal,
    moveAbandonedJournals: moveAbandoned,
    exportHeads,
    close: async () => {
      await upkeep.stop();
      await inTurn(() => asSystem(closeJournal));
    },
  };
}

/** One piece of work after another: a reader has one place. */
function createTurns(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
