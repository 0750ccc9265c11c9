import type { Static } from 'typebox';
import type { PinnedTemplate } from '../../catalog/template-store.ts';
import { downloadUrl } from '../../files/download-link.ts';
import { supportingDocumentationGuidance } from '../../requirements/compile-requirements.ts';
import type { PriorAuthorizationContext } from '../context.ts';
import type { WorkflowState } from '../lifecycle.ts';
import type { Action, Attachment, PriorAuthorization } from '../prior-authorization.ts';
import type { SubmissionAttempt } from '../submission-attempt.ts';
import type {
  ActionResource,
  Attachment as AttachmentSchema,
  Authorization,
  AuthorizationListItem,
  SubmissionAttemptResource,
} from './schemas.ts';

type Context = Pick<PriorAuthorizationContext, 'templates' | 'files'>;

/** The Authorization of the contract: absent scalars are null (prior-auth.md, 1.0 and 1.2). */
export async function authorizationJson(
  context: Context,
  current: PriorAuthorization,
): Promise<Static<typeof Authorization>> {
  const template = await context.templates.ofCase(current);
  return { ...describe(context, current, template), questionnaire: template.questionnaireForClients };
}

/** As above without the questionnaire, which would be most of a page (docs/decisions, list items). */
export async function authorizationListItemJson(
  context: Context,
  current: PriorAuthorization,
): Promise<Static<typeof AuthorizationListItem>> {
  const template = await context.templates.ofCase(current);
  return describe(context, current, template);
}

function describe(
  context: Context,
  current: PriorAuthorization,
  template: PinnedTemplate,
): Static<typeof AuthorizationListItem> {
  const { case: data } = current;
  // Inside, lists are readonly and unions of contract words are plain strings; on the wire they are the same JSON.
  const caseJson = data as unknown as Pick<
    Static<typeof AuthorizationListItem>,
    'patient' | 'coverage' | 'providers' | 'service' | 'diagnoses' | 'urgency'
  >;
  return {
    id: current.id,
    workflowState: current.workflowState,
    decisionState: current.decisionState,
    urgency: caseJson.urgency,
    submissionChannel: current.submissionChannel ?? null,
    payer: payerOf(context, data.coverage.payerId),
    patient: caseJson.patient,
    coverage: caseJson.coverage,
    providers: caseJson.providers,
    service: caseJson.service,
    diagnoses: caseJson.diagnoses,
    locations: data.locations ?? null,
    requestedBy: data.requestedBy ?? null,
    siteOfCare: data.siteOfCare ?? null,
    treatmentPhase: data.treatmentPhase ?? null,
    ...recordOf(context, current, template),
  };
}

function recordOf(context: Context, current: PriorAuthorization, template: PinnedTemplate) {
  const { organizationId } = current;
  return {
    questionnaireResponse: {
      resourceType: 'QuestionnaireResponse',
      ...(template.files.questionnaire.url === undefined
        ? {}
        : { questionnaire: template.files.questionnaire.url }),
      status: responseStatus(current.workflowState),
      item: current.answers,
    },
    supportingDocumentationGuidance: [...guidanceOf(template)],
    attachments: current.attachments.map((attachment) =>
      attachmentJson(context, { organizationId, id: current.id }, attachment),
    ),
    actions: current.actions.map((action) => actionJson(current.id, action)),
    latestSubmission: latestSubmissionJson(current),
    decisionDetails: current.decisionDetails ?? null,
    cancellationReason: current.cancellationReason ?? null,
    metadata: current.metadata ?? null,
    template: { id: current.templateId, version: current.templateVersion },
    version: current.version,
    submittedAt: current.submittedAt?.toISOString() ?? null,
    completedAt: current.completedAt?.toISOString() ?? null,
    cancelledAt: current.cancelledAt?.toISOString() ?? null,
    createdAt: current.createdAt.toISOString(),
    updatedAt: current.updatedAt.toISOString(),
  };
}

/** Completed while the payer has it; a request for information opens it again (contract prior-auth.md, 4.2). */
function responseStatus(workflowState: WorkflowState): 'in-progress' | 'completed' {
  return ['submitting', 'pending_payer', 'completed'].includes(workflowState) ? 'completed' : 'in-progress';
}

function payerOf(context: Context, payerId: string) {
  const payer = context.templates.findPayer(payerId);
  // A payer may leave the catalog while its cases are open.
  return payer === undefined
    ? { id: payerId, slug: payerId.replace(/^payer_/, ''), displayName: payerId }
    : { id: payer.id, slug: payer.slug, displayName: payer.displayName };
}

export function attachmentJson(
  context: Context,
  owner: { readonly organizationId: string; readonly id: string },
  attachment: Attachment,
): Static<typeof AttachmentSchema> {
  return {
    id: attachment.id,
    authorizationId: owner.id,
    fileId: attachment.fileId,
    label: attachment.label,
    fileName: attachment.fileName,
    mimeType: attachment.mimeType,
    sizeBytes: attachment.sizeBytes,
    downloadUrl: downloadUrl(context.files, owner.organizationId, attachment.fileId),
    documentTypes: [...attachment.documentTypes],
    ...(attachment.metadata === undefined ? {} : { metadata: attachment.metadata }),
    createdAt: attachment.createdAt.toISOString(),
  };
}

function actionJson(authorizationId: string, action: Action): Static<typeof ActionResource> {
  const { resolution } = action;
  return {
    id: action.id,
    authorizationId,
    type: action.type,
    status: action.status,
    blocking: true,
    resolvable: action.type === 'more_info_request',
    message: action.message,
    field: action.field ?? null,
    code: action.code ?? null,
    requestedDocuments: [...action.requestedDocuments],
    resolutionHint: action.resolutionHint ?? null,
    artifactId: action.artifactId ?? null,
    relatedKeys: [...action.relatedKeys],
    resolution:
      resolution === undefined
        ? null
        : { attachmentIds: [...resolution.attachmentIds], note: resolution.note },
    createdAt: action.createdAt.toISOString(),
    resolvedAt: action.resolvedAt?.toISOString() ?? null,
  };
}

function latestSubmissionJson({ latestSubmission }: PriorAuthorization) {
  if (latestSubmission === undefined) return null;
  return { ...latestSubmission, createdAt: latestSubmission.createdAt.toISOString() };
}

export function attemptJson(attempt: SubmissionAttempt): Static<typeof SubmissionAttemptResource> {
  return {
    id: attempt.id,
    authorizationId: attempt.authorizationId,
    attemptNumber: attempt.attemptNumber,
    authorizationVersion: attempt.authorizationVersion,
    channel: attempt.channel,
    status: attempt.status,
    acceptedAt: attempt.acceptedAt?.toISOString() ?? null,
    deliveredAt: attempt.deliveredAt?.toISOString() ?? null,
    completedAt: attempt.completedAt?.toISOString() ?? null,
    failedAt: attempt.failedAt?.toISOString() ?? null,
    failure: attempt.failure ?? null,
    correlations: [...attempt.correlations],
    packetArtifactId: attempt.packetArtifactId ?? null,
    createdAt: attempt.createdAt.toISOString(),
  };
}

const guidanceByTemplate = new WeakMap<PinnedTemplate, ReturnType<typeof guidanceOf>>();

function guidanceOf(
  template: PinnedTemplate,
): Static<typeof AuthorizationListItem>['supportingDocumentationGuidance'] {
  const known = guidanceByTemplate.get(template);
  if (known !== undefined) return known;
  const guidance = supportingDocumentationGuidance(template).map((rule) => ({
    ...rule,
    likelyDocTypes: [...rule.likelyDocTypes],
  }));
  guidanceByTemplate.set(template, guidance);
  return guidance;
}
