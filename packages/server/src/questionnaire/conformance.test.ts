import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileQuestionnaire, lintQuestionnaire } from './compile-questionnaire.ts';
import { evaluateAnswers } from './evaluate-answers.ts';
import type { QuestionnaireItem, ResponseItem } from './types.ts';

/** The enableWhen cases of four independent implementations; test/questionnaire/fixtures/enablewhen-suite/PROVENANCE.md. */
const suite = new URL('../../test/questionnaire/fixtures/enablewhen-suite/', import.meta.url);

interface SuiteCase {
  readonly id: string;
  readonly level: 'r4' | 'r4-derived' | 'derived' | 'contested' | 'lenient' | 'extension';
  readonly questionnaire: { readonly file?: string; readonly inline?: SuiteForm };
  readonly response: { readonly item: readonly ResponseItem[] };
  readonly expect: Readonly<Record<string, boolean>>;
  readonly expectR4Text?: Readonly<Record<string, boolean>>;
  readonly expectPaths?: Readonly<Record<string, boolean>>;
}

interface SuiteForm {
  readonly item: readonly QuestionnaireItem[];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, suite), 'utf8'));
}

// The suite's own shape, checked by the tests that use it.
const { cases } = readJson('cases.json') as { readonly cases: readonly SuiteCase[] };

function formOf({ questionnaire: { file, inline } }: SuiteCase): SuiteForm {
  if (inline !== undefined) return inline;
  // As above.
  return readJson(file ?? '') as SuiteForm;
}

const caseById = new Map(cases.map((one) => [one.id, one]));

/** The big LForms form breaks R4 in places its own cases do not ask about; with these mended it must load. */
const mendedFile = 'lforms/enableWhen-test.R4.json';
const mendedPaths = [
  'item[7].item[0].repeats',
  'item[11].item[3].enableWhen[0].answerInteger',
  'item[11].item[4].enableWhen[0].answerInteger',
  'item[12].item[3].enableWhen[0].answerInteger',
  'item[12].item[4].enableWhen[0].answerInteger',
  'item[13].item[2].extension[0]',
];

/**
 * Conditions in a circle are refused at load (contract 5.3), although these cases, of level `r4`, say what LForms shows:
 * docs/decisions/0014-circular-conditions-are-refused.md.
 */
const circularFile = 'lforms/q-enableWhen-with-reference-loop.json';

/** Writes the mends an author would: the right answer[x], a boolean for a quoted one, no FHIRPath. */
function mend(form: SuiteForm): SuiteForm {
  const mendItem = (item: QuestionnaireItem): QuestionnaireItem => {
    const { extension: _, ...rest } = item;
    const answerKey = item.linkId.startsWith('Q9c') ? 'answerDate' : 'answerTime';
    return {
      ...rest,
      repeats: String(item.repeats) === 'true',
      ...(item.enableWhen && {
        enableWhen: item.enableWhen.map(({ answerInteger, ...condition }) => ({
          ...condition,
          ...(answerInteger !== undefined && {
            [typeof answerInteger === 'string' ? answerKey : 'answerInteger']: answerInteger,
          }),
        })),
      }),
      ...(item.item && { item: item.item.map(mendItem) }),
    };
  };
  return { ...form, item: form.item.map(mendItem) };
}

describe('the enableWhen conformance suite', () => {
  it('is the suite these tests were written for', () => {
    expect(cases).toHaveLength(128);
    expect(caseById.size).toBe(128);
  });

  it('refuses the LForms test form for exactly the defects it has', () => {
    const problems = lintQuestionnaire(readJson(mendedFile));
    expect(problems.map(({ path }) => path).toSorted()).toEqual(mendedPaths.toSorted());
  });

  const answerable = cases.filter(
    (one) => one.level !== 'extension' && one.questionnaire.file !== circularFile,
  );

  it.each(answerable.map((one) => [one.id, one] as const))('agrees with %s', (_, one) => {
    const form = one.questionnaire.file === mendedFile ? mend(formOf(one)) : formOf(one);
    const evaluation = evaluateAnswers(compileQuestionnaire(form), one.response.item);
    const expected = one.expectR4Text ?? one.expect;
    const found = Object.fromEntries(
      Object.keys(expected).map((linkId) => [linkId, evaluation.isEnabled(linkId)]),
    );
    expect(found).toEqual(expected);
    const states = Object.fromEntries(
      evaluation.states.map(({ path, enabled }) => [path.replaceAll('.', '/'), enabled]),
    );
    for (const [path, enabled] of Object.entries(one.expectPaths ?? {}))
      expect([path, states[path]]).toEqual([path, enabled]);
    expect(Object.keys(expected).length + Object.keys(one.expectPaths ?? {}).length).toBeGreaterThan(0);
  });

  const circular = cases.filter((one) => one.questionnaire.file === circularFile);

  it('disagrees with five cases of level r4 and says which: their one form is circular', () => {
    expect(circular.map(({ id, level }) => `${id} ${level}`)).toEqual([
      'lf-loop-initial r4',
      'lf-loop-1true r4',
      'lf-loop-1null r4',
      'lf-loop-2true r4',
      'lf-loop-3true r4',
    ]);
    const decision = new URL(
      '../../../../docs/decisions/0014-circular-conditions-are-refused.md',
      import.meta.url,
    );
    const text = readFileSync(decision, 'utf8');
    for (const { id } of circular) expect(text).toContain(id);
  });

  it.each(circular.map((one) => [one.id, one] as const))('refuses the circular form of %s', (_, one) => {
    const problems = lintQuestionnaire(formOf(one));
    expect(problems.length).toBeGreaterThan(0);
    for (const { message } of problems) expect(message).toContain('depends on itself');
  });

  const expressions = cases.filter((one) => one.level === 'extension');

  it.each(expressions.map((one) => [one.id, one] as const))(
    'refuses the FHIRPath condition of %s',
    (_, one) => {
      const problems = lintQuestionnaire(formOf(one));
      expect(
        problems.some(({ message }) => message.startsWith('enableWhenExpression is not supported')),
      ).toBe(true);
    },
  );

  it('runs every case of the suite', () => {
    expect(answerable.length + circular.length + expressions.length).toBe(cases.length);
  });
});

describe('the malformed and nested forms of the suite', () => {
  it.each([
    ['questionnaire-enableWhen-missing-linkId.json', ['item[2].enableWhen[0].question']],
    ['questionnaire-enableWhen-missing-question-field.json', ['item[2].enableWhen[0].question']],
    [
      'nested-repeating-groups-that-contain-an-item-with-answerValueSet.R4.json',
      ['item[0].item[0].item[0].answerValueSet'],
    ],
  ])('refuses %s at %j', (file, paths) => {
    expect(lintQuestionnaire(readJson(`lforms/${file}`)).map(({ path }) => path)).toEqual(paths);
  });

  it.each([
    'group-under-question.R4.json',
    'question-under-question.R4.json',
    'q-items-under-repeating-choice-item.json',
    'q-with-minOccurs-maxOccurs.json',
  ])('takes %s', (file) => {
    expect(lintQuestionnaire(readJson(`lforms/${file}`))).toEqual([]);
  });
});
