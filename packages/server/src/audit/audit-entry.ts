/** One row of the audit trail: who did what to which resource, when, and with what result. Never a patient's data. */

/**
 * How whoever acted is known. `key`, `workos_key` and `session`: a bearer of the API; `claims_client`: a client of the
 * claims API; `operator`: a command at the command line; `system`: a job; `unknown`: a caller nobody could identify.
 */
export const actorKinds = [
  'key',
  'workos_key',
  'session',
  'claims_client',
  'operator',
  'system',
  'unknown',
] as const;
export type ActorKind = (typeof actorKinds)[number];

export interface AuditActor {
  readonly kind: ActorKind;
  /** The credential, the client or the session. */
  readonly id?: string | undefined;
  /** The user of a session, the linked account of a client, or the account of the operating system that ran a command. */
  readonly subject?: string | undefined;
  /** Who acts in the subject's name, such as a supporter who impersonates a user. */
  readonly impersonator?: string | undefined;
}

export const systemActor: AuditActor = { kind: 'system' };

/**
 * `refused`: not for this caller, or not there (the two look the same on purpose); `failed`: not done for another
 * reason; `unknown`: it began, and nobody could note how it ended.
 */
export const auditOutcomes = ['allowed', 'refused', 'failed', 'unknown'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** The chain of callers whose organization is not known. No organization has this id. */
export const unknownOrganization = 'unknown';

/** What happens, as far as it is known before it does. */
export interface AuditHappening {
  readonly organizationId: string;
  readonly actor: AuditActor;
  /** `operationId` of the API, name of a job, or words of a command. */
  readonly operation: string;
  readonly resourceType?: string | undefined;
  /** Ids of ours alone; never what a caller made up. */
  readonly resourceIds?: readonly string[] | undefined;
  readonly requestId?: string | undefined;
}

/** How it ended. */
export interface AuditResult {
  readonly outcome: AuditOutcome;
  /** Of the HTTP answer. */
  readonly status?: number | undefined;
  readonly errorCode?: string | undefined;
  /** In place of those it began with, when more are known at the end. */
  readonly resourceIds?: readonly string[] | undefined;
}

export interface AuditEntry {
  readonly id: string;
  readonly organizationId: string;
  readonly occurredAt: Date;
  readonly actor: AuditActor;
  readonly operation: string;
  readonly resourceType: string | undefined;
  readonly resourceIds: readonly string[];
  readonly outcome: AuditOutcome;
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
  readonly requestId: string | undefined;
}

export function makeEntry(
  id: string,
  occurredAt: Date,
  happening: AuditHappening,
  result: AuditResult,
): AuditEntry {
  const { kind, id: actorId, subject, impersonator } = happening.actor;
  return {
    id,
    organizationId: happening.organizationId,
    occurredAt,
    actor: {
      kind,
      id: cleanText(actorId),
      subject: cleanText(subject),
      impersonator: cleanText(impersonator),
    },
    operation: happening.operation,
    resourceType: happening.resourceType,
    resourceIds: (result.resourceIds ?? happening.resourceIds ?? []).filter(isId),
    outcome: result.outcome,
    status: result.status,
    errorCode: result.errorCode,
    requestId: happening.requestId,
  };
}

/** What any id of ours looks like; text that people write has other characters or is longer. */
export function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,80}$/.test(text);
}

const longestText = 200;
const plainText = /^[ -~]{1,200}$/;

/** Names from outside, such as a session's subject: what the database could not give back as it was would break the chain. */
function cleanText(text: string | undefined): string | undefined {
  if (text === undefined || plainText.test(text)) return text;
  return text
    .replaceAll(/\p{Cc}/gu, '')
    .slice(0, longestText)
    .toWellFormed();
}
