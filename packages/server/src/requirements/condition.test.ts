import { describe, expect, test } from 'vitest';
import { evaluateAnswers } from '../questionnaire/evaluate-answers.ts';
import type { QuestionnaireItem, ResponseItem } from '../questionnaire/types.ts';
import { compileCondition } from './condition.ts';
import { exampleCase } from './example-case-data.ts';
import type { RuleCompiler } from './rule-compiler.ts';
import { answer, makeTemplate } from './template-for-tests.ts';

const items: readonly QuestionnaireItem[] = [
  { linkId: 'yes', text: 'Yes?', type: 'boolean' },
  { linkId: 'count', text: 'Count', type: 'integer' },
  { linkId: 'weight', text: 'Weight', type: 'quantity' },
  { linkId: 'note', text: 'Note', type: 'string' },
  { linkId: 'seen', text: 'Seen', type: 'date' },
  { linkId: 'drawn', text: 'Drawn', type: 'dateTime' },
  {
    linkId: 'drugs',
    text: 'Drugs',
    type: 'choice',
    repeats: true,
    answerOption: [
      { valueCoding: { code: 'a' } },
      { valueCoding: { code: 'b' } },
      { valueCoding: { code: 'c' } },
    ],
  },
  {
    linkId: 'hidden',
    text: 'Hidden',
    type: 'string',
    enableWhen: [{ question: 'yes', operator: '=', answerBoolean: true }],
  },
  {
    linkId: 'part',
    text: 'Part',
    type: 'group',
    item: [{ linkId: 'inner', text: 'Inner', type: 'attachment' }],
  },
];

const { questionnaire } = makeTemplate(items);

function compile(condition: unknown) {
  const compiler: RuleCompiler = { items: questionnaire.itemByLinkId, problems: [] };
  return { holds: compileCondition(compiler, condition, 'when'), problems: compiler.problems };
}

function holds(condition: unknown, answers: readonly ResponseItem[] = []): boolean {
  const compiled = compile(condition);
  expect(compiled.problems).toEqual([]);
  return compiled.holds({ case: exampleCase, answers: evaluateAnswers(questionnaire, answers) });
}

const drugs = (...codes: string[]): readonly ResponseItem[] => [
  { linkId: 'drugs', answer: codes.map((code) => ({ valueCoding: { code } })) },
];

describe('a condition on answers', () => {
  test.each([
    [{ key: 'questionnaire.yes', operator: '=', value: true }, answer({ yes: true }), true],
    [{ key: 'questionnaire.yes', operator: '=', value: true }, answer({ yes: false }), false],
    [{ key: 'questionnaire.count', operator: '>=', value: 3 }, answer({ count: 3 }), true],
    [{ key: 'questionnaire.count', operator: '>', value: 3 }, answer({ count: 3 }), false],
    [{ key: 'questionnaire.count', operator: '<', value: 3 }, answer({ count: 2 }), true],
    [{ key: 'questionnaire.count', operator: '<=', value: 3 }, answer({ count: 4 }), false],
    [{ key: 'questionnaire.count', oneOf: [1, 2] }, answer({ count: 2 }), true],
    [
      { key: 'questionnaire.weight', operator: '>', value: 60 },
      answer({ weight: { valueQuantity: { value: 60.5 } } }),
      true,
    ],
    [{ key: 'questionnaire.note', operator: '=', value: 'Ja' }, answer({ note: 'ja' }), false],
    [{ key: 'questionnaire.note', startsWith: ['x', 'j'] }, answer({ note: 'ja' }), true],
    [
      { key: 'questionnaire.seen', operator: '<', value: '2026-03-01' },
      answer({ seen: { valueDate: '2026-02-28' } }),
      true,
    ],
    [
      { key: 'questionnaire.seen', operator: '<', value: '2026-03-01' },
      answer({ seen: { valueDate: '2026' } }),
      false,
    ],
    [
      { key: 'questionnaire.drawn', operator: '>', value: '2026-03-01T00:00:00Z' },
      answer({ drawn: { valueDateTime: '2026-02-28T20:00:00-05:00' } }),
      true,
    ],
  ])('%j of %j is %s', (condition, answers, expected) => {
    expect(holds(condition, answers)).toBe(expected);
  });

  test('holds when any of several answers passes, != included', () => {
    expect(holds({ key: 'questionnaire.drugs', operator: '=', value: 'b' }, drugs('a', 'b'))).toBe(true);
    expect(holds({ key: 'questionnaire.drugs', operator: '!=', value: 'b' }, drugs('a', 'b'))).toBe(true);
    expect(holds({ key: 'questionnaire.drugs', operator: '!=', value: 'b' }, drugs('b'))).toBe(false);
    expect(holds({ not: { key: 'questionnaire.drugs', operator: '=', value: 'b' } }, drugs('a', 'b'))).toBe(
      false,
    );
  });

  test('knows of a question without answer only that it does not exist and differs', () => {
    const key = 'questionnaire.note';
    expect(holds({ key, exists: false })).toBe(true);
    expect(holds({ key, operator: '!=', value: 'x' })).toBe(true);
    expect(holds({ key, exists: true })).toBe(false);
    expect(holds({ key, operator: '=', value: 'x' })).toBe(false);
    expect(holds({ key, oneOf: ['x'] })).toBe(false);
    expect(holds({ key, startsWith: ['x'] })).toBe(false);
  });

  test('takes a disabled question for unanswered', () => {
    const stored = answer({ yes: false, hidden: 'stale' });
    expect(holds({ key: 'questionnaire.hidden', exists: true }, stored)).toBe(false);
    expect(holds({ key: 'questionnaire.hidden', operator: '=', value: 'stale' }, stored)).toBe(false);
    expect(
      holds(
        { key: 'questionnaire.hidden', operator: '=', value: 'stale' },
        answer({ yes: true, hidden: 'stale' }),
      ),
    ).toBe(true);
  });
});

describe('a condition on the case', () => {
  test.each([
    [{ key: 'context.coverage.planType', operator: '=', value: 'commercial' }, true],
    [{ key: 'context.providers.prescribing.specialty', operator: '=', value: 'hematologist' }, true],
    [{ key: 'context.providers.prescribing.specialty', oneOf: ['HEMATOLOGIST'] }, true],
    [{ key: 'context.providers.prescribing', exists: true }, true],
    [{ key: 'context.providers.dispensing', exists: true }, false],
    [{ key: 'context.diagnoses', startsWith: ['d57.'] }, true],
    [{ key: 'context.diagnoses', startsWith: ['E11'] }, false],
    [{ key: 'context.diagnoses', oneOf: ['Z79.899'] }, true],
    [{ key: 'context.siteOfCare', operator: '!=', value: 'home' }, true],
    [{ key: 'context.service.requestedStartDate', operator: '>', value: '2026-01-01' }, true],
  ])('%j is %s', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });
});

test('all, any and not combine', () => {
  const yes = { key: 'questionnaire.yes', operator: '=', value: true };
  const many = { key: 'questionnaire.count', operator: '>', value: 2 };
  for (const [isYes, count] of [
    [true, 3],
    [true, 1],
    [false, 3],
    [false, 1],
  ] as const) {
    const answers = answer({ yes: isYes, count });
    expect(holds({ all: [yes, many] }, answers)).toBe(isYes && count > 2);
    expect(holds({ any: [yes, many] }, answers)).toBe(isYes || count > 2);
    expect(holds({ not: { any: [yes, many] } }, answers)).toBe(!isYes && count <= 2);
  }
});

describe('lint of a condition', () => {
  test.each([
    ['when', 'nothing', null],
    ['when', 'an unknown key', { key: 'questionnaire.yes', is: true }],
    ['when', 'a mixture', { key: 'questionnaire.yes', exists: true, oneOf: ['a'] }],
    ['when.all', 'an empty list', { all: [] }],
    [
      'when.any[1].key',
      'an unknown question',
      {
        any: [
          { key: 'questionnaire.yes', exists: true },
          { key: 'questionnaire.no', exists: true },
        ],
      },
    ],
    ['when.not.key', 'an unknown path', { not: { key: 'context.patient.age', exists: true } }],
    ['when.key', 'an unknown prefix', { key: 'answers.yes', exists: true }],
    ['when.key', 'no text', { key: 7, exists: true }],
    ['when.key', 'a group', { key: 'questionnaire.part', exists: true }],
    ['when.key', 'an object', { key: 'context.providers.prescribing', operator: '=', value: 'x' }],
    ['when.exists', 'a word for a boolean', { key: 'questionnaire.yes', exists: 'yes' }],
    ['when.operator', 'an unknown operator', { key: 'questionnaire.count', operator: '==', value: 1 }],
    ['when.operator', 'order where there is none', { key: 'questionnaire.note', operator: '<', value: 'b' }],
    ['when.operator', 'order of codes', { key: 'context.coverage.planType', operator: '<', value: 'b' }],
    ['when.value', 'a text for a boolean', { key: 'questionnaire.yes', operator: '=', value: 'true' }],
    ['when.value', 'a text for a number', { key: 'questionnaire.count', operator: '=', value: '1' }],
    ['when.value', 'a number for case data', { key: 'context.service.code', operator: '=', value: 7 }],
    ['when.value', 'an unknown option', { key: 'questionnaire.drugs', operator: '=', value: 'd' }],
    ['when.value', 'no date', { key: 'questionnaire.seen', operator: '>', value: '03/01/2026' }],
    ['when.value', 'a file compared', { key: 'questionnaire.inner', operator: '=', value: 'x' }],
    ['when.value', 'a list for a value', { key: 'questionnaire.count', operator: '=', value: [1] }],
    ['when.oneOf[1]', 'an unknown option in a list', { key: 'questionnaire.drugs', oneOf: ['a', 'z'] }],
    ['when.oneOf', 'an empty list of values', { key: 'questionnaire.drugs', oneOf: [] }],
    ['when.startsWith', 'a text for a list', { key: 'context.diagnoses', startsWith: 'D57' }],
    ['when.startsWith', 'an empty beginning', { key: 'context.diagnoses', startsWith: [''] }],
    ['when.startsWith[0]', 'the beginning of no option', { key: 'questionnaire.drugs', startsWith: ['z'] }],
  ])('finds at %s %s', (path, _what, condition) => {
    const { problems } = compile(condition);
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.mend).toMatch(/\.$/);
  });
});
