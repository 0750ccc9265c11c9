import type { ResponseItem } from '../questionnaire/types.ts';
import type { CaseData } from '../requirements/case-data.ts';
import type { DecisionState, WorkflowState } from './lifecycle.ts';
import type {
  Action,
  Attachment,
  DecisionDetails,
  LatestSubmission,
  PriorAuthorization,
  SubmissionChannel,
} from './prior-authorization.ts';

/** Columns of `prior_authorization` p with its attachments and actions gathered in, in the order `CaseRow` names them. */
export const caseColumns = `
  p.organization_id, p.id, p.workflow_state, p.decision_state, p.template_id, p.template_version, p.template_hash,
  p.case_data, p.answers, p.metadata, p.submission_channel, p.submission_count, p.submit_refused,
  p.decision_details, p.cancellation_reason, p.version, p.event_sequence,
  p.submitted_at, p.completed_at, p.cancelled_at, p.created_at, p.updated_at,
  (select coalesce(jsonb_agg(jsonb_build_object(
      'id', a.id, 'fileId', a.file_id, 'label', a.label, 'documentTypes', a.document_types, 'metadata', a.metadata,
      'createdAt', a.created_at, 'fileName', f.file_name, 'mimeType', f.content_type, 'sizeBytes', f.size_bytes,
      'problem', f.problem) order by a.created_at, a.id), '[]'::jsonb)
     from prior_authorization_attachment a
     join file f on f.organization_id = a.organization_id and f.id = a.file_id
    where a.organization_id = p.organization_id and a.authorization_id = p.id) as attachments,
  (select coalesce(jsonb_agg(jsonb_build_object(
      'id', c.id, 'type', c.type, 'status', c.status, 'message', c.message, 'field', c.field, 'code', c.code,
      'relatedKeys', c.related_keys, 'requestedDocuments', c.requested_documents,
      'resolutionHint', c.resolution_hint, 'artifactId', c.artifact_id, 'resolution', c.resolution,
      'createdAt', c.created_at, 'resolvedAt', c.resolved_at) order by c.created_at, c.id), '[]'::jsonb)
     from prior_authorization_action c
    where c.organization_id = p.organization_id and c.authorization_id = p.id
      and (c.type <> 'validation_issue' or c.status = 'open')) as actions,
  (select jsonb_build_object(
      'id', s.id, 'attemptNumber', s.attempt_number, 'status', s.status, 'channel', s.channel,
      'failure', s.failure, 'createdAt', s.created_at)
     from submission_attempt s
    where s.organization_id = p.organization_id and s.authorization_id = p.id
    order by s.attempt_number desc limit 1) as latest_submission`;

export interface CaseRow {
  readonly organization_id: string;
  readonly id: string;
  readonly workflow_state: WorkflowState;
  readonly decision_state: DecisionState;
  readonly template_id: string;
  readonly template_version: string;
  readonly template_hash: string;
  readonly case_data: CaseData;
  readonly answers: readonly ResponseItem[];
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly submission_channel: SubmissionChannel | null;
  readonly submission_count: number;
  readonly submit_refused: boolean;
  readonly decision_details: DecisionDetails | null;
  readonly cancellation_reason: string | null;
  readonly version: number;
  readonly event_sequence: number;
  readonly submitted_at: Date | null;
  readonly completed_at: Date | null;
  readonly cancelled_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly latest_submission: (Omit<LatestSubmission, 'createdAt'> & { readonly createdAt: string }) | null;
  readonly attachments: readonly Json<Attachment>[];
  readonly actions: readonly Json<Action>[];
}

/** What `jsonb_build_object` makes of a type: absent is null, an instant is text. */
type Json<Type> = {
  readonly [Key in keyof Type]-?: Exclude<Type[Key], undefined> extends Date ? string : Type[Key] | null;
};

export function caseFromRow(row: CaseRow): PriorAuthorization {
  return {
    organizationId: row.organization_id,
    id: row.id,
    workflowState: row.workflow_state,
    decisionState: row.decision_state,
    templateId: row.template_id,
    templateVersion: row.template_version,
    templateHash: row.template_hash,
    case: row.case_data,
    answers: row.answers,
    submissionCount: row.submission_count,
    submitRefused: row.submit_refused,
    version: row.version,
    eventSequence: row.event_sequence,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.latest_submission === null
      ? {}
      : {
          latestSubmission: {
            ...row.latest_submission,
            createdAt: new Date(row.latest_submission.createdAt),
          },
        }),
    attachments: row.attachments.map(attachmentFromJson),
    actions: row.actions.map(actionFromJson),
    ...withoutNulls({
      metadata: row.metadata,
      submissionChannel: row.submission_channel,
      decisionDetails: row.decision_details,
      cancellationReason: row.cancellation_reason,
      submittedAt: row.submitted_at,
      completedAt: row.completed_at,
      cancelledAt: row.cancelled_at,
    }),
  };
}

function attachmentFromJson(json: Json<Attachment>): Attachment {
  // The columns behind the required fields are not null; `withoutNulls` drops only the optional ones.
  return { ...withoutNulls(json), createdAt: new Date(json.createdAt) } as Attachment;
}

function actionFromJson(json: Json<Action>): Action {
  const instants = {
    createdAt: new Date(json.createdAt),
    resolvedAt: json.resolvedAt === null ? null : new Date(json.resolvedAt),
  };
  // As above: null stands only where the type is optional.
  return withoutNulls({ ...json, ...instants }) as unknown as Action;
}

type WithoutNulls<Type> = { [Key in keyof Type]?: Exclude<Type[Key], null> };

/** `null` belongs to SQL and JSON; inside, absent is absent. */
function withoutNulls<Type extends object>(value: Type): WithoutNulls<Type> {
  // The entries are Type's own, less the null ones.
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null),
  ) as WithoutNulls<Type>;
}
