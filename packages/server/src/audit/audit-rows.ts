import type { ChainedEntry } from './audit-chain.ts';
import type { ActorKind, AuditOutcome } from './audit-entry.ts';

export const entryColumns = `organization_id as "organizationId", sequence, id, occurred_at as "occurredAt",
  actor_kind as "actorKind", actor_id as "actorId", actor_subject as "actorSubject", impersonator, operation,
  resource_type as "resourceType", resource_ids as "resourceIds", outcome, status, error_code as "errorCode",
  request_id as "requestId", hash`;

export interface EntryRow {
  readonly organizationId: string;
  readonly sequence: number;
  readonly id: string;
  readonly occurredAt: Date;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorSubject: string | null;
  readonly impersonator: string | null;
  readonly operation: string;
  readonly resourceType: string | null;
  readonly resourceIds: readonly string[];
  readonly outcome: string;
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly requestId: string | null;
  readonly hash: string;
}

export function entryFromRow(row: EntryRow): ChainedEntry {
  return {
    organizationId: row.organizationId,
    sequence: row.sequence,
    id: row.id,
    occurredAt: row.occurredAt,
    actor: {
      // Written from the type; a row that somebody else wrote fails verification whatever it says.
      kind: row.actorKind as ActorKind,
      id: row.actorId ?? undefined,
      subject: row.actorSubject ?? undefined,
      impersonator: row.impersonator ?? undefined,
    },
    operation: row.operation,
    resourceType: row.resourceType ?? undefined,
    resourceIds: row.resourceIds,
    // As above.
    outcome: row.outcome as AuditOutcome,
    status: row.status ?? undefined,
    errorCode: row.errorCode ?? undefined,
    requestId: row.requestId ?? undefined,
    hash: row.hash,
  };
}
