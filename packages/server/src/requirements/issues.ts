import type { AnswerIssue } from '../questionnaire/types.ts';
import type { AttachmentFact } from './case-data.ts';
import { type ContextOutcome, canBlock } from './context-rule.ts';
import type { GroupOutcome, UnansweredPaths } from './evaluate-groups.ts';
import type { Blocker, SupportingDocumentRequest, ValidationIssue } from './evaluation.ts';
import type { KeySource } from './key-source.ts';

/**
 * An issue and the class contract 3.3 puts it in, should it block. Messages are plain English. They are stored in
 * actions, never in events, and repeat nothing of the case but the label and the name of a file that cannot be read,
 * which a person needs to find it.
 */
export type ClassifiedIssue = Blocker;

const answerField = 'questionnaireResponse.items.';

export function answerIssues(issues: readonly AnswerIssue[]): readonly ClassifiedIssue[] {
  return issues.map(({ linkId, path, code, ruleType, message }) => ({
    kind: code === 'required' ? 'absence' : 'conflict',
    issue: {
      field: answerField + path,
      code,
      message,
      severity: 'error',
      blocking: true,
      ruleType,
      relatedKeys: [`questionnaire.${linkId}`],
    },
  }));
}

/** `optional` context is never complained about; `recommended` context is mentioned and does not block. */
export function contextIssues(outcomes: readonly ContextOutcome[]): readonly ClassifiedIssue[] {
  const issues: ClassifiedIssue[] = [];
  for (const { rule, active, firstMissingPath } of outcomes) {
    if (!active || firstMissingPath === undefined || rule.requiredMode === 'optional') continue;
    const blocking = canBlock(rule.requiredMode);
    const issue: ValidationIssue = {
      field: firstMissingPath,
      code: 'context_missing',
      message: rule.message,
      severity: blocking ? 'error' : 'info',
      blocking,
      ruleType: 'context',
      relatedKeys: [rule.key],
    };
    issues.push({ kind: 'absence', issue });
  }
  return issues;
}

/**
 * A violated group is an issue of its own unless every member it lacks is already reported as an unanswered required
 * question: the contract's preview (4.4) shows such a group violated beside that single issue.
 */
export function groupIssues(
  outcomes: readonly GroupOutcome[],
  answerProblems: readonly AnswerIssue[],
  unanswered: UnansweredPaths,
): readonly ClassifiedIssue[] {
  const issues: ClassifiedIssue[] = [];
  const reported = new Set(
    answerProblems.filter(({ code }) => code === 'required').map(({ linkId }) => linkId),
  );
  const isReported = (member: KeySource): boolean =>
    member.kind === 'question' && reported.has(member.item.linkId);
  for (const { rule, violation } of outcomes) {
    if (violation === undefined) continue;
    if (violation.kind === 'absence' && violation.members.every(isReported)) continue;
    const issue: ValidationIssue = {
      field: fieldOf(violation.subject, unanswered),
      code: 'group_violated',
      message: rule.message,
      severity: rule.severity,
      blocking: rule.blocking,
      ruleType: 'group',
      relatedKeys: violation.members.map((member) => member.key),
    };
    issues.push({ kind: violation.kind, issue });
  }
  return issues;
}

function fieldOf(subject: KeySource | undefined, unanswered: UnansweredPaths): string {
  if (subject === undefined) return 'questionnaireResponse';
  if (subject.kind === 'context') return subject.path.text;
  return answerField + (unanswered.get(subject.item.linkId) ?? subject.item.linkId);
}

export function documentIssues(requests: readonly SupportingDocumentRequest[]): readonly ClassifiedIssue[] {
  return requests
    .filter(({ status }) => status === 'missing')
    .map(({ key, message }) => ({
      kind: 'absence',
      issue: {
        field: 'attachments',
        code: 'document_missing',
        message,
        severity: 'error',
        blocking: true,
        ruleType: 'document',
        relatedKeys: [key],
      },
    }));
}

const attachmentProblems: Readonly<Record<NonNullable<AttachmentFact['problem']>, string>> = {
  encrypted: 'is protected by a password',
  damaged: 'is damaged and cannot be read',
  too_large: 'has too many or too large pages',
};

/** A file that cannot be placed in the packet stops the submit, and says which one it is. */
export function attachmentIssues(attachments: readonly AttachmentFact[]): readonly ClassifiedIssue[] {
  return attachments.flatMap((attachment): ClassifiedIssue[] => {
    if (attachment.problem === undefined) return [];
    const issue: ValidationIssue = {
      ...unreadable(attachment, attachmentProblems[attachment.problem]),
      code: 'attachment_unreadable',
      severity: 'error',
      blocking: true,
      ruleType: 'document',
    };
    return [{ kind: 'conflict', issue }];
  });
}

function unreadable(
  { id, label, fileName, answerTo }: AttachmentFact,
  problem: string,
): Pick<ValidationIssue, 'field' | 'message' | 'relatedKeys'> {
  if (answerTo === undefined) {
    const message = `The attachment "${label}" (${fileName}) ${problem}. Remove it and attach a readable copy.`;
    return { field: `attachments.${id}`, message, relatedKeys: [] };
  }
  return {
    field: answerField + answerTo.path,
    message: `The file ${fileName}, given as an answer, ${problem}. Answer with a readable copy.`,
    relatedKeys: [`questionnaire.${answerTo.linkId}`],
  };
}
