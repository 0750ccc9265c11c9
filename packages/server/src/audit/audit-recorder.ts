import type { AuditHappening, AuditResult } from './audit-entry.ts';

/** Something audited whose end is still to come. */
export interface OpenAuditEntry {
  /**
   * Notes how it ended; a second call does nothing. Never throws: when it cannot be noted, the entry stands with the
   * outcome `unknown`.
   */
  complete(result: AuditResult): void;
}

/** What everybody else knows of the audit trail. One entry per call; it survives the end of the process in any way. */
export interface AuditRecorder {
  /**
   * To be asked before work begins whose end could not be noted.
   * @throws PrecertError `service_unavailable` when the trail cannot be written at present
   */
  assertWritable(): void;
  /**
   * An entry for what is just happening, before anybody learns of it.
   * @throws PrecertError `service_unavailable`: then it must not happen
   */
  record(happening: AuditHappening, result: AuditResult): void;
  /**
   * An entry for what changes or discloses something irrevocably, before it does: whatever becomes of this process, the
   * entry stands, with the outcome `unknown` unless `complete` was called.
   * @throws PrecertError `service_unavailable`: then it must not begin
   */
  begin(happening: AuditHappening): OpenAuditEntry;
}
