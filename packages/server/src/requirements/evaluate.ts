import type { CompiledQuestionnaire } from '../questionnaire/compiled-questionnaire.ts';
import { evaluateAnswers } from '../questionnaire/evaluate-answers.ts';
import type { QuestionState, ResponseItem } from '../questionnaire/types.ts';
import type { AttachmentFact, CaseData } from './case-data.ts';
import { findCheckDigitIssues } from './check-digits.ts';
import type { CompiledRequirements } from './compile-requirements.ts';
import { describeContext, evaluateContext } from './context-rule.ts';
import { evaluateDocuments } from './document-rule.ts';
import { describeGroup, evaluateGroups, findUnanswered, type GroupOutcome } from './evaluate-groups.ts';
import type { Evaluation, MappingSummary, QuestionStateView } from './evaluation.ts';
import { answerIssues, attachmentIssues, contextIssues, documentIssues, groupIssues } from './issues.ts';
import type { Facts } from './rule-compiler.ts';

/** What of a compiled template is needed to evaluate a case. */
export interface EvaluableTemplate {
  readonly questionnaire: CompiledQuestionnaire;
  readonly requirements: CompiledRequirements;
}

/**
 * The one judge of a case: create, update, preview and submit all ask it and none recomputes a part of it. Pure: no
 * clock, no I/O, nothing thrown. Lists keep one order for the same input: answers in questionnaire order, then context,
 * groups and documents in template order, then attachments, then check digits.
 */
export function evaluate(
  template: EvaluableTemplate,
  data: CaseData,
  answers: readonly ResponseItem[],
  attachments: readonly AttachmentFact[],
): Evaluation {
  const { questionnaire, requirements } = template;
  const evaluated = evaluateAnswers(questionnaire, answers);
  const facts: Facts = { case: data, answers: evaluated };
  const context = evaluateContext(requirements.context, facts);
  const unanswered = findUnanswered(evaluated.states, requirements.groupLinkIds);
  const groups = evaluateGroups(requirements.groups, facts, unanswered);
  const documents = evaluateDocuments(requirements.documents, facts, attachments);
  const questionStates = describeQuestions(requirements, evaluated.states, groups);
  const classified = [
    ...answerIssues(evaluated.issues),
    ...contextIssues(context),
    ...groupIssues(groups, evaluated.issues, unanswered),
    ...documentIssues(documents),
    ...attachmentIssues(attachments),
  ];
  const blockers = classified.filter(({ issue }) => issue.blocking);
  return {
    submittable: blockers.length === 0,
    validationIssues: [...classified.map(({ issue }) => issue), ...findCheckDigitIssues(data)],
    contextRequirements: context.map(describeContext),
    questionStates,
    activeRequirementGroups: groups.map(describeGroup),
    supportingDocumentRequests: documents,
    mappingSummary: summarize(requirements, questionStates),
    blockers,
  };
}

/** An active, blocking group that asks for every member makes its questions required, as 5.5 has it for `conditional`. */
function describeQuestions(
  { questionKeys }: CompiledRequirements,
  states: readonly QuestionState[],
  groups: readonly GroupOutcome[],
): readonly QuestionStateView[] {
  const requiredByGroup = new Set<string>();
  for (const { rule } of groups) {
    if (!rule.needsAll || !rule.blocking) continue;
    for (const member of rule.members)
      if (member.kind === 'question') requiredByGroup.add(member.item.linkId);
  }
  return states.map(({ linkId, enabled, required: requiredByForm, answered }) => {
    const required = enabled && (requiredByForm || requiredByGroup.has(linkId));
    const key = questionKeys.get(linkId) ?? `questionnaire.${linkId}`;
    return { key, linkId, enabled, required, answered, blocking: enabled && required && !answered };
  });
}

function summarize(requirements: CompiledRequirements, states: readonly QuestionStateView[]): MappingSummary {
  let requiredQuestionCount = 0;
  let answeredRequiredQuestionCount = 0;
  let enabledQuestionCount = 0;
  let answeredQuestionCount = 0;
  for (const { enabled, required, answered } of states) {
    if (!enabled) continue;
    enabledQuestionCount += 1;
    if (answered) answeredQuestionCount += 1;
    if (!required) continue;
    requiredQuestionCount += 1;
    if (answered) answeredRequiredQuestionCount += 1;
  }
  return {
    sourceFormId: requirements.formId,
    sourceFormTitle: requirements.formTitle,
    requiredQuestionCount,
    answeredRequiredQuestionCount,
    enabledQuestionCount,
    answeredQuestionCount,
    mappedFieldCount: requirements.mappedFieldCount,
    unmappedFieldKeys: requirements.unmappedFieldKeys,
  };
}
