import type { AuditEntry } from './audit-entry.ts';

/** As the API and an export show an entry: absent scalars are null. */
export function entryJson(entry: AuditEntry & { readonly sequence: number }) {
  const { actor } = entry;
  return {
    id: entry.id,
    sequence: entry.sequence,
    occurredAt: entry.occurredAt.toISOString(),
    actor: {
      kind: actor.kind,
      id: actor.id ?? null,
      subject: actor.subject ?? null,
      impersonator: actor.impersonator ?? null,
    },
    operation: entry.operation,
    resource: { type: entry.resourceType ?? null, ids: [...entry.resourceIds] },
    outcome: entry.outcome,
    status: entry.status ?? null,
    errorCode: entry.errorCode ?? null,
    requestId: entry.requestId ?? null,
  };
}
