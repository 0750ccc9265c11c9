import type { AnswerTree } from '../../questionnaire/answer-tree.ts';
import { compileQuestionnaire } from '../../questionnaire/compile-questionnaire.ts';
import type { CompiledQuestionnaire } from '../../questionnaire/compiled-questionnaire.ts';
import { computeEnablement } from '../../questionnaire/enablement.ts';
import { readStoredAnswers } from '../../questionnaire/read-response.ts';
import type { FormRequest } from '../types.ts';
import { listCaseCards } from './case-cards.ts';
import type { FormView } from './form-view.ts';
import { printInstant, printWord } from './print-values.ts';
import { listQuestionBlocks } from './question-blocks.ts';

export interface ReadAnswers {
  readonly questionnaire: CompiledQuestionnaire;
  readonly tree: AnswerTree;
}

/** Throws QuestionnaireDefinitionError for a questionnaire the catalog would not have let in. */
export function readAnswers({ template, answers }: FormRequest): ReadAnswers {
  const questionnaire = compileQuestionnaire(template.questionnaire, template.valueSets);
  const tree = readStoredAnswers(questionnaire, answers);
  computeEnablement(questionnaire, tree);
  return { questionnaire, tree };
}

export function buildFormView(request: FormRequest, { questionnaire, tree }: ReadAnswers): FormView {
  const { definition } = request.template;
  const isStandard = request.case.urgency === 'standard';
  return {
    title: definition.title,
    payerName: request.payerName,
    caseId: request.caseId,
    ...(isStandard ? {} : { urgency: printWord(request.case.urgency) }),
    origin: [
      `Form ${definition.id}, version ${definition.version}`,
      `Prepared ${printInstant(request.generatedAt)}`,
    ],
    ...(definition.sample === true
      ? { notice: `Sample form. This is not a form of ${request.payerName}.` }
      : {}),
    cards: listCaseCards(request.case, request.payerName),
    blocks: listQuestionBlocks(questionnaire, tree),
  };
}
