import type { AuditTrail } from './audit-trail.ts';

/** Keeps nothing: for measuring what keeping it costs. No setting leads here. */
export const noAuditTrail: AuditTrail = {
  assertWritable: () => undefined,
  record: () => undefined,
  begin: () => ({ complete: () => undefined }),
  start: () => undefined,
  moveJournal: async () => undefined,
  moveAbandonedJournals: async () => undefined,
  exportHeads: async () => undefined,
  close: async () => undefined,
};
