import { isValueFault, readValue } from './answer-values.ts';
import { compareWith, isOrdered, type Order } from './compare-values.ts';
import type { OptionSet } from './compiled-questionnaire.ts';
import type { DefinitionReport } from './definition-problems.ts';
import { isQuestionType, isValueKey, type ValueKey } from './item-types.ts';
import type { DraftItem, Located } from './read-definition.ts';
import type { AnswerValue, EnableWhen } from './types.ts';

/** A condition checked and ready to ask; the way to the question's answers is worked out when scopes are known. */
export interface DraftCondition {
  readonly question: DraftItem;
  readonly path: string;
  readonly negated: boolean;
  matches(answer: AnswerValue): boolean;
}

/** What a question may be asked about: the answers it takes. */
export interface QuestionFacts {
  readonly item: DraftItem;
  readonly valueKeys: readonly ValueKey[];
  readonly options: OptionSet | undefined;
}

type Operator = EnableWhen['operator'];

const operators: readonly Operator[] = ['exists', '=', '!=', '>', '<', '>=', '<='];

/** How each operator reads an order. `!=` is `=` negated over all answers: R4 says "no answer has a value that is equal". */
const holdsFor: Readonly<Record<Exclude<Operator, 'exists'>, (order: Order) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order === 0,
  '>': (order) => order !== 'unordered' && order > 0,
  '<': (order) => order !== 'unordered' && order < 0,
  '>=': (order) => order !== 'unordered' && order >= 0,
  '<=': (order) => order !== 'unordered' && order <= 0,
};

/** Checks and prepares an item's enableWhen. Source: FHIR R4 Questionnaire.item.enableWhen; invariants que-7, que-12. */
export function compileConditions(
  item: DraftItem,
  questions: ReadonlyMap<string, QuestionFacts>,
  report: DefinitionReport,
): readonly DraftCondition[] {
  if (
    item.enableWhen.length > 1 &&
    item.enableBehavior === undefined &&
    item.raw.enableBehavior === undefined
  ) {
    report.addProblem(
      item.path,
      'The item has more than one enableWhen and no enableBehavior.',
      'Write "enableBehavior": "all" or "any".',
    );
  }
  const conditions = item.enableWhen.map((entry) => compileCondition(entry, questions, report));
  return conditions.filter((condition) => condition !== undefined);
}

function compileCondition(
  { raw, path }: Located,
  questions: ReadonlyMap<string, QuestionFacts>,
  report: DefinitionReport,
): DraftCondition | undefined {
  const question = findQuestion(raw.question, path, questions, report);
  const operator = operators.find((name) => name === raw.operator);
  if (operator === undefined) {
    report.addProblem(
      `${path}.operator`,
      'The operator is not known.',
      `Use one of: ${operators.join(', ')}.`,
    );
  }
  const answerKey = findAnswerKey({ raw, path }, report);
  if (question === undefined || operator === undefined || answerKey === undefined) return undefined;
  const common = { question: question.item, path };
  if (operator === 'exists') {
    const expected = readExpected({ raw, path }, report);
    return expected === undefined ? undefined : { ...common, negated: !expected, matches: () => true };
  }
  const reference = readReference({ raw, path }, answerKey, operator, question, report);
  if (reference === undefined) return undefined;
  const compare = compareWith(reference);
  const holds = holdsFor[operator];
  return { ...common, negated: operator === '!=', matches: (answer) => holds(compare(answer)) };
}

function findQuestion(
  linkId: unknown,
  path: string,
  questions: ReadonlyMap<string, QuestionFacts>,
  report: DefinitionReport,
): QuestionFacts | undefined {
  const at = `${path}.question`;
  if (typeof linkId !== 'string') {
    report.addProblem(at, 'The condition names no question.', 'Give the linkId of the question it asks.');
    return undefined;
  }
  const question = questions.get(linkId);
  if (question === undefined) {
    report.addProblem(at, `No item has the linkId "${linkId}".`, 'Name a question of this questionnaire.');
    return undefined;
  }
  if (!isQuestionType(question.item.type)) {
    report.addProblem(at, `"${linkId}" is a ${question.item.type}, which has no answer.`, 'Name a question.');
    return undefined;
  }
  return question;
}

/** The one `answer[x]` member of a condition. */
function findAnswerKey({ raw, path }: Located, report: DefinitionReport): string | undefined {
  const keys = Object.keys(raw).filter((key) => key.startsWith('answer'));
  const [key] = keys;
  if (key !== undefined && keys.length === 1) return key;
  report.addProblem(
    path,
    `The condition has ${keys.length === 0 ? 'no' : 'more than one'} answer[x].`,
    'Give exactly one.',
  );
  return undefined;
}

function readExpected({ raw, path }: Located, report: DefinitionReport): boolean | undefined {
  const expected = raw.answerBoolean;
  if (typeof expected === 'boolean') return expected;
  report.addProblem(
    path,
    'The operator "exists" takes an answerBoolean.',
    'Write "answerBoolean": true or false.',
  );
  return undefined;
}

function readReference(
  { raw, path }: Located,
  answerKey: string,
  operator: Exclude<Operator, 'exists'>,
  question: QuestionFacts,
  report: DefinitionReport,
): AnswerValue | undefined {
  const key = answerKey.replace('answer', 'value');
  const permitted = permittedKeys(question.valueKeys);
  if (!isValueKey(key) || !permitted.includes(key)) {
    const mend =
      permitted.map((name) => name.replace('value', 'answer')).join(' or ') || 'the operator "exists"';
    const { linkId, type } = question.item;
    report.addProblem(
      `${path}.${answerKey}`,
      `The question "${linkId}" (${type}) does not take this type.`,
      `Use ${mend}.`,
    );
    return undefined;
  }
  const reference = readValue(key, raw[answerKey]);
  if (isValueFault(reference)) {
    report.addProblem(`${path}.${answerKey}`, `The value ${reference.fault}.`, 'Correct the value.');
    return undefined;
  }
  if (operator !== '=' && operator !== '!=' && !isOrdered(key)) {
    report.addProblem(
      `${path}.operator`,
      `${answerKey} has no order, so "${operator}" means nothing.`,
      'Use = or !=.',
    );
    return undefined;
  }
  reportDeadOption(reference, path, question, report);
  return reference;
}

/** R4 has no answerUri and no answerAttachment: a URL is compared with answerString, a file can only exist. */
function permittedKeys(valueKeys: readonly ValueKey[]): readonly ValueKey[] {
  const keys = valueKeys.filter((key) => key !== 'valueAttachment');
  return keys.map((key) => (key === 'valueUri' ? 'valueString' : key));
}

function reportDeadOption(
  reference: AnswerValue,
  path: string,
  { item, options }: QuestionFacts,
  report: DefinitionReport,
): void {
  if (options === undefined || options.open || options.list.length === 0) return;
  const compare = compareWith(reference);
  if (options.list.some(({ value }) => compare(value) === 0)) return;
  report.addNotice(
    path,
    `"${item.linkId}" has no option equal to this value.`,
    'Compare with one of its options.',
  );
}
