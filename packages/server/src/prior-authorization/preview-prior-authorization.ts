import { createHash } from 'node:crypto';
import type { PinnedTemplate } from '../catalog/template-store.ts';
import type { DocumentProblem, RenderedDocument } from '../documents/types.ts';
import { recordProblem } from '../files/file-queries.ts';
import { storeGeneratedFile } from '../files/store-generated-file.ts';
import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import { evaluate } from '../requirements/evaluate.ts';
import type { Evaluation, ValidationIssue } from '../requirements/evaluation.ts';
import { changeCase, getCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { assertAllowed } from './lifecycle.ts';
import { renderCase } from './packet-request.ts';
import { findPreview, type KeptPreview, keepPreview, type PreviewDocument } from './preview-queries.ts';
import type { PriorAuthorization } from './prior-authorization.ts';

export interface Preview {
  readonly authorization: PriorAuthorization;
  readonly evaluation: Evaluation;
  /** No blocker and no open action (contract prior-auth.md, 5.5). */
  readonly submittable: boolean;
  /** What rendering found besides: values that do not fit the payer's form. Warnings; they block nothing. */
  readonly documentIssues: readonly ValidationIssue[];
  readonly filledForm: PreviewDocument;
  readonly draftPacket: PreviewDocument;
}

/**
 * Evaluates a case and renders its documents, submittable or not (contract prior-auth.md, 1.6). Documents of an
 * unchanged case are not rendered again.
 * @throws PrecertError `authorization_not_found`, `authorization_not_previewable`
 */
export async function previewPriorAuthorization(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
): Promise<Preview> {
  const current = await getCase(context, organizationId, authorizationId);
  assertAllowed(current.workflowState, 'preview');
  const template = await context.templates.get(current.templateId, current.templateVersion);
  const contentHash = hashContent(current, template);
  const kept = await findPreview(context.database, organizationId, authorizationId, contentHash);
  const preview = kept ?? (await render(context, current, template, contentHash));
  if (preview === 'attachments_changed')
    return previewPriorAuthorization(context, organizationId, authorizationId);
  const evaluation = evaluate(template, current.case, current.answers, current.attachments);
  return {
    authorization: current,
    evaluation,
    submittable: isSubmittable(current, evaluation),
    documentIssues: preview.problems.map(issueOf),
    filledForm: preview.filledForm,
    draftPacket: preview.draftPacket,
  };
}

function isSubmittable({ actions }: PriorAuthorization, evaluation: Evaluation): boolean {
  return evaluation.submittable && actions.every(({ status }) => status !== 'open');
}

function hashContent(current: PriorAuthorization, template: PinnedTemplate): string {
  const attachments = current.attachments.map(({ id, fileId, label, problem }) => [
    id,
    fileId,
    label,
    problem ?? null,
  ]);
  const content = [template.contentHash, current.case, current.answers, attachments, current.submissionCount];
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

async function render(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  template: PinnedTemplate,
  contentHash: string,
): Promise<KeptPreview | 'attachments_changed'> {
  const generatedAt = context.clock.now();
  const options = { draft: true, generatedAt, submissionNumber: current.submissionCount + 1 };
  const { form, packet } = await renderCase(context, current, template, options);
  if (await recordUnreadable(context, current, packet.problems)) return 'attachments_changed';
  const preview: KeptPreview = {
    contentHash,
    filledForm: await store(context, current, 'filled-form.pdf', form, generatedAt),
    draftPacket: await store(context, current, 'draft-packet.pdf', packet, generatedAt),
    problems: form.problems,
    generatedAt,
  };
  await keepPreview(context.database, current.organizationId, current.id, preview);
  const evaluation = evaluate(template, current.case, current.answers, current.attachments);
  const submittable = isSubmittable(current, evaluation);
  await changeCase(context, current.organizationId, current.id, (latest) => {
    assertAllowed(latest.workflowState, 'preview');
    const { workflowState, version } = latest;
    const event = newEvent(context, 'prior_auth.authorization.previewed', {
      workflowState,
      submittable,
      version,
    });
    return { write: { next: latest, events: [event] }, result: undefined };
  });
  return preview;
}

/** An attachment that only rendering found unreadable is marked, so that every later evaluation knows. */
async function recordUnreadable(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  problems: readonly DocumentProblem[],
): Promise<boolean> {
  let recorded = false;
  for (const { subject, code } of problems) {
    const attachment = current.attachments.find(({ id }) => id === subject);
    if (attachment === undefined || attachment.problem !== undefined) continue;
    if (code !== 'encrypted' && code !== 'damaged' && code !== 'too_large') continue;
    await recordProblem(context.database, current.organizationId, attachment.fileId, code);
    recorded = true;
  }
  return recorded;
}

async function store(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  fileName: string,
  document: RenderedDocument,
  generatedAt: Date,
): Promise<PreviewDocument> {
  const { bytes, pageCount, sha256 } = document;
  const file = await storeGeneratedFile(context.files, current.organizationId, {
    fileName,
    contentType: 'application/pdf',
    purpose: 'preview_document',
    bytes,
    pageCount,
  });
  return {
    fileId: file.id,
    fileName,
    sizeBytes: file.sizeBytes,
    pageCount,
    sha256,
    generatedAt: generatedAt.toISOString(),
  };
}

function issueOf({ subject, code, message }: DocumentProblem): ValidationIssue {
  return {
    field: subject.startsWith('questionnaire.')
      ? `questionnaireResponse.items.${subject.slice('questionnaire.'.length)}`
      : subject,
    code: code === 'value_not_an_option' ? 'invalid_option' : 'out_of_range',
    message,
    severity: 'warning',
    blocking: false,
    ruleType: code === 'value_not_an_option' ? 'value_set' : 'range',
    relatedKeys: [subject],
  };
}
