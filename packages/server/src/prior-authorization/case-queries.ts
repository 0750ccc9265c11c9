import { byteaText } from '../platform/database/parameter-values.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import { eventEnvelope } from '../webhooks/event-envelope.ts';
import { sealEvent } from '../webhooks/sealed-rows.ts';
import { type CaseRow, caseColumns, caseFromRow } from './case-rows.ts';
import { memberIndex, sealAction, sealAttachment, sealCase } from './case-secrets.ts';
import { insertCaseStatement, updateCaseStatement } from './case-statements.ts';
import type { NewEvent } from './events.ts';
import type { Action, Artifact, Attachment, PriorAuthorization } from './prior-authorization.ts';
import type { AttemptWrite } from './submission-attempt.ts';
import { attemptRow } from './submission-attempt-rows.ts';

const findCaseStatement = {
  name: 'find_prior_authorization',
  text: `select ${caseColumns} from prior_authorization p where p.organization_id = $1 and p.id = $2`,
};

export async function findCase(
  { database, vault }: Store,
  organizationId: string,
  authorizationId: string,
): Promise<PriorAuthorization | undefined> {
  const [row] = await database.query<CaseRow>(findCaseStatement, [organizationId, authorizationId]);
  return row === undefined ? undefined : vault.withKeys(organizationId, (keys) => caseFromRow(keys, row));
}

/** A key claimed together with the effect it stands for. */
export interface KeyClaim {
  readonly operation: 'create' | 'submit';
  /** As `hashKey` made it of the client's. */
  readonly key: string;
  readonly fingerprint: string;
  readonly resourceId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Everything one use case writes about a case; it is written in one statement or not at all. */
export interface CaseWrite {
  readonly next: PriorAuthorization;
  readonly events: readonly NewEvent[];
  /** Opened or changed. */
  readonly actions?: readonly Action[];
  readonly addedAttachments?: readonly Attachment[];
  readonly removedAttachmentIds?: readonly string[];
  readonly artifacts?: readonly Artifact[];
  readonly attempt?: AttemptWrite;
  readonly key?: KeyClaim;
}

/** What a write did, and the webhook endpoints its events were addressed to: to be woken now that it is committed. */
export interface WriteResult {
  readonly written: boolean;
  readonly endpointIds: readonly string[];
}

const nothingWritten: WriteResult = { written: false, endpointIds: [] };

/**
 * Inserts a new case with its first events. With a key, the key is claimed in the same statement: when it is
 * already held nothing is written. A second request with a key still in flight waits on the first one's row.
 */
export async function insertCase(
  { database, vault }: Store,
  write: CaseWrite,
  deliveryId: string,
): Promise<WriteResult> {
  const { next, key } = write;
  const keys = await vault.keysOf(next.organizationId);
  const rows = await database.query<WriteResult>(insertCaseStatement, [
    next.organizationId,
    JSON.stringify(rootColumns(keys, write)),
    JSON.stringify(eventRows(keys, write)),
    JSON.stringify((write.actions ?? []).map((action) => actionRow(keys, action))),
    key === undefined ? '[]' : JSON.stringify([keyRow(key)]),
    next.createdAt,
    next.id,
    deliveryId,
  ]);
  return rows[0] ?? nothingWritten;
}

/**
 * Writes a change of a case, guarded by the event sequence and the state it was decided on. Nothing is written when
 * somebody else wrote first; the caller reads again and decides again.
 */
export async function updateCase(
  { database, vault }: Store,
  before: PriorAuthorization,
  write: CaseWrite,
  deliveryId: string,
): Promise<WriteResult> {
  const { next } = write;
  const keys = await vault.keysOf(next.organizationId);
  const rows = await database.query<WriteResult>(updateCaseStatement, [
    next.organizationId,
    next.id,
    before.eventSequence,
    before.workflowState,
    JSON.stringify(rootColumns(keys, write)),
    JSON.stringify(eventRows(keys, write)),
    JSON.stringify((write.actions ?? []).map((action) => actionRow(keys, action))),
    JSON.stringify((write.addedAttachments ?? []).map((attachment) => attachmentRow(keys, attachment))),
    JSON.stringify(write.removedAttachmentIds ?? []),
    JSON.stringify((write.artifacts ?? []).map(artifactRow)),
    JSON.stringify(write.attempt === undefined ? [] : [attemptRow(keys, write.attempt)]),
    JSON.stringify(write.key === undefined ? [] : [keyRow(write.key)]),
    deliveryId,
  ]);
  return rows[0] ?? nothingWritten;
}

function rootColumns(keys: OrganizationKeys, { next, events }: CaseWrite): Record<string, unknown> {
  return {
    workflow_state: next.workflowState,
    decision_state: next.decisionState,
    urgency: next.case.urgency,
    payer_id: next.case.coverage.payerId,
    member_index: byteaText(memberIndex(keys, next.case.coverage.memberId)),
    template_id: next.templateId,
    template_version: next.templateVersion,
    template_hash: next.templateHash,
    sealed: byteaText(sealCase(keys, next)),
    submission_channel: next.submissionChannel,
    submission_count: next.submissionCount,
    submit_refused: next.submitRefused,
    version: next.version,
    event_sequence: next.eventSequence + events.length,
    submitted_at: next.submittedAt,
    completed_at: next.completedAt,
    cancelled_at: next.cancelledAt,
    created_at: next.createdAt,
    updated_at: next.updatedAt,
  };
}

function eventRows(keys: OrganizationKeys, { next, events }: CaseWrite): readonly Record<string, unknown>[] {
  return events.map((event, index) => ({
    sequence: next.eventSequence + index + 1,
    id: event.id,
    type: event.type,
    payload: event.payload,
    sealed: byteaText(sealWebhookEvent(keys, next, event, next.eventSequence + index + 1)),
    occurred_at: event.occurredAt,
  }));
}

/** What receivers of webhooks are told: ids and states, as the whole write leaves them. */
function sealWebhookEvent(
  keys: OrganizationKeys,
  next: PriorAuthorization,
  event: NewEvent,
  sequence: number,
): Buffer {
  const { id: authorizationId, workflowState, decisionState, version } = next;
  const data = { authorizationId, sequence, workflowState, decisionState, version };
  return sealEvent(keys, { id: event.id, body: eventEnvelope({ ...event, data }) });
}

function actionRow(keys: OrganizationKeys, action: Action): Record<string, unknown> {
  return {
    id: action.id,
    type: action.type,
    status: action.status,
    field: action.field,
    code: action.code,
    related_keys: action.relatedKeys,
    artifact_id: action.artifactId,
    sealed: byteaText(sealAction(keys, action)),
    created_at: action.createdAt,
    resolved_at: action.resolvedAt,
  };
}

function attachmentRow(keys: OrganizationKeys, attachment: Attachment): Record<string, unknown> {
  return {
    id: attachment.id,
    file_id: attachment.fileId,
    sealed: byteaText(sealAttachment(keys, attachment)),
    created_at: attachment.createdAt,
  };
}

function artifactRow(artifact: Artifact): Record<string, unknown> {
  return {
    id: artifact.id,
    file_id: artifact.fileId,
    kind: artifact.kind,
    label: artifact.label,
    metadata: artifact.metadata,
    created_at: artifact.createdAt,
  };
}

function keyRow(key: KeyClaim): Record<string, unknown> {
  return {
    operation: key.operation,
    key: key.key,
    fingerprint: key.fingerprint,
    resource_id: key.resourceId,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
  };
}
