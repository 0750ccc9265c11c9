import { createHash } from 'node:crypto';
import type { PinnedTemplate } from '../catalog/template-store.ts';
import { clientRenderMs } from '../config/limits.ts';
import type { DocumentProblem, RenderedDocument } from '../documents/types.ts';
import { storeGeneratedFile } from '../files/store-generated-file.ts';
import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import type { Evaluation, ValidationIssue } from '../requirements/evaluation.ts';
import { changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { assertAllowed } from './lifecycle.ts';
import { renderCase } from './packet-request.ts';
import { findPreview, type KeptPreview, keepPreview, type PreviewDocument } from './preview-queries.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import { settleCase } from './settle-case.ts';
import { recordUnreadable } from './unreadable-files.ts';

export interface Preview {
  readonly authorization: PriorAuthorization;
  readonly evaluation: Evaluation;
  /** No blocker and no open action (contract prior-auth.md, 5.5). */
  readonly submittable: boolean;
  /** What rendering found besides: values that do not fit the payer's form, text that no font has. Warnings; they block nothing. */
  readonly documentIssues: readonly ValidationIssue[];
  readonly filledForm: PreviewDocument;
  readonly draftPacket: PreviewDocument;
}

/**
 * Evaluates a case and renders its documents, submittable or not (contract prior-auth.md, 1.6). Documents of an
 * unchanged case are not rendered again. When a file turns out unreadable the case is settled, as 3.3 has it.
 * @throws PrecertError `authorization_not_found`, `authorization_not_previewable`
 */
export async function previewPriorAuthorization(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
): Promise<Preview> {
  const shown = await readSettled(context, organizationId, authorizationId);
  const { authorization, template, evaluation } = shown;
  const contentHash = hashContent(authorization, template);
  const kept = await findPreview(context, organizationId, authorizationId, contentHash);
  const preview = kept ?? (await render(context, shown, contentHash));
  if (preview === 'files_found_unreadable')
    return previewPriorAuthorization(context, organizationId, authorizationId);
  return {
    authorization,
    evaluation,
    submittable: isSubmittable(authorization, evaluation),
    documentIssues: preview.problems.map(issueOf),
    filledForm: preview.filledForm,
    draftPacket: preview.draftPacket,
  };
}

interface ShownCase {
  readonly authorization: PriorAuthorization;
  readonly template: PinnedTemplate;
  readonly evaluation: Evaluation;
}

/** Reads a case and settles it when what is known of its files has changed since it was written. */
async function readSettled(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
): Promise<ShownCase> {
  return changeCase(context, organizationId, authorizationId, async (current) => {
    assertAllowed(current.workflowState, 'preview');
    const template = await context.templates.ofCase(current);
    // The case was not updated, but what became known of it leads where an update would.
    const { next, evaluation, actions, events } = await settleCase(context, template, current, 'update');
    if (actions.length === 0 && next.workflowState === current.workflowState)
      return { result: { authorization: current, template, evaluation } };
    return { write: { next, events, actions }, result: { authorization: next, template, evaluation } };
  });
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
  { authorization: current, template, evaluation }: ShownCase,
  contentHash: string,
): Promise<KeptPreview | 'files_found_unreadable'> {
  const generatedAt = context.clock.now();
  const submissionNumber = current.submissionCount + 1;
  const options = { draft: true, generatedAt, submissionNumber, deadlineMs: clientRenderMs };
  const { form, packet, unreadable } = await renderCase(context, current, template, options);
  if (await recordUnreadable(context.database, current.organizationId, unreadable))
    return 'files_found_unreadable';
  const preview: KeptPreview = {
    contentHash,
    filledForm: await store(context, current, 'filled-form.pdf', form, generatedAt),
    draftPacket: await store(context, current, 'draft-packet.pdf', packet, generatedAt),
    problems: problemsOf(form, packet),
    generatedAt,
  };
  await keepPreview(context, current.organizationId, current.id, preview);
  await changeCase(context, current.organizationId, current.id, (latest) => {
    assertAllowed(latest.workflowState, 'preview');
    const event = newEvent(context, 'prior_auth.authorization.previewed', {
      workflowState: latest.workflowState,
      submittable: isSubmittable(current, evaluation),
      // The case may have been changed while it was rendered.
      version: current.version,
    });
    return { write: { next: latest, events: [event] }, result: undefined };
  });
  return preview;
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

/** Those of the form, and what its cover sheet cannot print; attachments that cannot be placed settle the case. */
function problemsOf(form: RenderedDocument, packet: RenderedDocument): readonly DocumentProblem[] {
  const ofPacket = packet.problems.filter(({ code }) => code === 'unprintable_text');
  return [...form.problems.filter(({ code }) => code !== 'unprintable_text'), ...ofPacket];
}

function issueOf({ subject, code, message }: DocumentProblem): ValidationIssue {
  const warning = { message, severity: 'warning', blocking: false } as const;
  if (code === 'unprintable_text')
    return { ...warning, field: 'documents', code: 'invalid_format', ruleType: 'format', relatedKeys: [] };
  return {
    ...warning,
    field: subject.startsWith('questionnaire.')
      ? `questionnaireResponse.items.${subject.slice('questionnaire.'.length)}`
      : subject,
    code: code === 'value_not_an_option' ? 'invalid_option' : 'out_of_range',
    ruleType: code === 'value_not_an_option' ? 'value_set' : 'range',
    relatedKeys: [subject],
  };
}
