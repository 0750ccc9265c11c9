import { compileQuestionnaire } from '../questionnaire/compile-questionnaire.ts';
import type { QuestionnaireItem, ResponseItem } from '../questionnaire/types.ts';
import { compileRequirements, type RequirementsSource } from './compile-requirements.ts';
import type { EvaluableTemplate } from './evaluate.ts';

export type RuleLists = Pick<
  RequirementsSource,
  'contextRequirements' | 'requirementGroups' | 'supportingDocuments'
>;

/** The outcome of compiling rules against a form of the given items. Used by tests and benchmarks. */
export function compileRules(
  items: readonly QuestionnaireItem[],
  rules: RuleLists,
  mappedKeys?: readonly string[],
) {
  const questionnaire = compileQuestionnaire({
    resourceType: 'Questionnaire',
    url: 'https://example.org/q',
    item: items,
  });
  const form = { id: 'form-1', title: 'Form 1', ...(mappedKeys === undefined ? {} : { mappedKeys }) };
  return { questionnaire, outcome: compileRequirements({ form, questionnaire, ...rules }) };
}

/** A template that has no problems; throws when it does. */
export function makeTemplate(
  items: readonly QuestionnaireItem[],
  rules: RuleLists = {},
  mappedKeys?: readonly string[],
): EvaluableTemplate {
  const { questionnaire, outcome } = compileRules(items, rules, mappedKeys);
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems, undefined, 2));
  return { questionnaire, requirements: outcome.requirements };
}

/** Answers at the root: text, numbers, booleans, or a whole `value[x]` object. */
export function answer(
  answers: Readonly<Record<string, string | number | boolean | object>>,
): readonly ResponseItem[] {
  return Object.entries(answers).map(([linkId, value]) => {
    if (typeof value === 'object') return { linkId, answer: [value] };
    if (typeof value === 'string') return { linkId, answer: [{ valueString: value }] };
    if (typeof value === 'number') return { linkId, answer: [{ valueInteger: value }] };
    return { linkId, answer: [{ valueBoolean: value }] };
  });
}
