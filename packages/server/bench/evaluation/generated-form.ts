import { compileQuestionnaire } from '../../src/questionnaire/compile-questionnaire.ts';
import type { EnableWhen, QuestionnaireItem, ResponseItem } from '../../src/questionnaire/types.ts';
import { compileRequirements } from '../../src/requirements/compile-requirements.ts';
import type { EvaluableTemplate } from '../../src/requirements/evaluate.ts';
import type { RequirementGroup } from '../../src/requirements/rules.ts';

export interface GeneratedForm {
  readonly template: EvaluableTemplate;
  /** An answer to every enabled question. */
  readonly answers: readonly ResponseItem[];
}

/** One question of each kind in turn, with the answer it is given. */
const kinds = [
  { item: { type: 'boolean' }, answer: { valueBoolean: true } },
  {
    item: { type: 'integer', extension: [limit('minValue', 0), limit('maxValue', 300)] },
    answer: { valueInteger: 42 },
  },
  {
    item: {
      type: 'choice',
      answerOption: ['a', 'b', 'c', 'd', 'e'].map((code) => ({
        valueCoding: { code, display: `Option ${code}` },
      })),
    },
    answer: { valueCoding: { code: 'c' } },
  },
  { item: { type: 'string', maxLength: 200 }, answer: { valueString: 'Failed hydroxyurea for six months' } },
  { item: { type: 'date' }, answer: { valueDate: '2026-03-13' } },
] as const;

const itemsPerGroup = 20;
const unsatisfiedEvery = 5;

/**
 * A form of `size` items, groups included, of which `conditions` carry an `enableWhen` on an earlier question; every
 * fifth of those does not hold. Each group of the form has a requirement group over its first questions.
 */
export function generateForm(size: number, conditions: number): GeneratedForm {
  const groups: QuestionnaireItem[] = [];
  const requirementGroups: RequirementGroup[] = [];
  const answers: ResponseItem[] = [];
  let conditionsLeft = conditions;
  for (let first = 0; first < size; first += itemsPerGroup) {
    const count = Math.min(itemsPerGroup, size - first) - 1;
    const items: QuestionnaireItem[] = [];
    for (let index = 0; index < count; index += 1) {
      const { item, answer } = kindOf(index);
      const linkId = `q${first + index}`;
      const asks = index >= kinds.length && conditionsLeft > 0;
      const holds = conditionsLeft % unsatisfiedEvery !== 0;
      if (asks) conditionsLeft -= 1;
      items.push({
        linkId,
        text: `Question ${linkId}`,
        required: true,
        ...item,
        ...(asks ? { enableWhen: [condition(first, index, holds)] } : {}),
      });
      if (!asks || holds) answers.push({ linkId, answer: [answer] });
    }
    groups.push({ linkId: `g${first}`, type: 'group', text: `Section ${first}`, item: items });
    requirementGroups.push(requirementGroup(first));
  }
  if (conditionsLeft > 0) throw new Error(`${conditionsLeft} conditions found no place.`);
  return { template: compile(groups, requirementGroups), answers };
}

function kindOf(index: number): (typeof kinds)[number] {
  return kinds[index % kinds.length] ?? kinds[0];
}

/** Asks one of the section's first questions, which have no conditions themselves. */
function condition(first: number, index: number, holds: boolean): EnableWhen {
  const asked = index % 3;
  const question = `q${first + asked}`;
  if (asked === 0) return { question, operator: '=', answerBoolean: holds };
  if (asked === 1) return { question, operator: holds ? '>' : '<', answerInteger: 18 };
  return { question, operator: holds ? '=' : '!=', answerCoding: { code: 'c' } };
}

function requirementGroup(first: number): RequirementGroup {
  const key = (offset: number) => `questionnaire.q${first + offset}`;
  return {
    id: `group_${first}`,
    kind: 'at_least_one',
    label: `Section ${first}`,
    message: 'One of these is needed.',
    fieldKeys: [key(1), key(3)],
    when: { key: key(0), operator: '=', value: true },
  };
}

function compile(
  items: readonly QuestionnaireItem[],
  requirementGroups: readonly RequirementGroup[],
): EvaluableTemplate {
  const questionnaire = compileQuestionnaire({
    resourceType: 'Questionnaire',
    url: 'https://example.org/q',
    item: items,
  });
  const form = { id: 'generated', title: 'Generated form' };
  const outcome = compileRequirements({ form, questionnaire, requirementGroups });
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems, undefined, 2));
  return { questionnaire, requirements: outcome.requirements };
}

function limit(name: 'minValue' | 'maxValue', valueInteger: number) {
  return { url: `http://hl7.org/fhir/StructureDefinition/${name}`, valueInteger };
}
