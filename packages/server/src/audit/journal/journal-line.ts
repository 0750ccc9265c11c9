import {
  type ActorKind,
  type AuditEntry,
  type AuditOutcome,
  actorKinds,
  auditOutcomes,
  isId,
} from '../audit-entry.ts';

/**
 * One line of a journal: a whole entry. An entry with `isOpen` is what would be known of it if nothing came after; a
 * later line of the same id replaces it.
 */
export interface JournalLine {
  readonly entry: AuditEntry;
  readonly isOpen: boolean;
}

/** With the line break. */
export function writeLine({ entry, isOpen }: JournalLine): string {
  return `${JSON.stringify(isOpen ? { ...entry, isOpen } : entry)}\n`;
}

/** Undefined for whatever `writeLine` did not write. */
export function readLine(text: string): JournalLine | undefined {
  const value = parse(text);
  const actor = asRecord(value.actor);
  const kind = actorKinds.find((candidate) => candidate === actor.kind);
  const outcome = auditOutcomes.find((candidate) => candidate === value.outcome);
  const occurredAt = new Date(String(value.occurredAt));
  const isWhole =
    [value.id, value.organizationId, value.operation].every((field) => typeof field === 'string') &&
    !Number.isNaN(occurredAt.getTime()) &&
    Array.isArray(value.resourceIds);
  if (!isWhole || kind === undefined || outcome === undefined) return undefined;
  return { entry: entryOf(value, actor, { kind, outcome, occurredAt }), isOpen: value.isOpen === true };
}

interface Checked {
  readonly kind: ActorKind;
  readonly outcome: AuditOutcome;
  readonly occurredAt: Date;
}

function entryOf(value: Fields, actor: Fields, { kind, outcome, occurredAt }: Checked): AuditEntry {
  return {
    id: String(value.id),
    organizationId: String(value.organizationId),
    occurredAt,
    actor: {
      kind,
      id: optionalText(actor.id),
      subject: optionalText(actor.subject),
      impersonator: optionalText(actor.impersonator),
    },
    operation: String(value.operation),
    resourceType: optionalText(value.resourceType),
    // Just found to be a list.
    resourceIds: (value.resourceIds as readonly unknown[]).map(String).filter(isId),
    outcome,
    status: typeof value.status === 'number' ? value.status : undefined,
    errorCode: optionalText(value.errorCode),
    requestId: optionalText(value.requestId),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parse(text: string): Fields {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}

function asRecord(value: unknown): Fields {
  // Objects are records of their own keys.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
