import { describe, expect, it } from 'vitest';
import { compileQuestionnaire } from './compile-questionnaire.ts';
import { evaluateAnswers } from './evaluate-answers.ts';
import type { AnswerValue, ResponseItem } from './types.ts';

function enabledPaths(item: readonly object[], answers: readonly ResponseItem[]): readonly string[] {
  const { states } = evaluateAnswers(compileQuestionnaire({ resourceType: 'Questionnaire', item }), answers);
  return states.filter(({ enabled }) => enabled).map(({ path }) => path);
}

/** Whether one condition on a question of this type holds with these answers. */
function holds(question: object, condition: object, ...answer: readonly AnswerValue[]): boolean {
  const item = [
    { linkId: 'q', repeats: true, ...question },
    { linkId: 'target', type: 'string', enableWhen: [{ question: 'q', ...condition }] },
  ];
  return enabledPaths(item, [{ linkId: 'q', answer }]).includes('target');
}

describe('comparisons', () => {
  it.each<[string, string, object, AnswerValue, boolean]>([
    ['decimal', '=', { answerDecimal: 5.6 }, { valueDecimal: 5.6 }, true],
    ['decimal', '<', { answerDecimal: 5.6 }, { valueDecimal: 5.5 }, true],
    ['date', '=', { answerDate: '2022' }, { valueDate: '2022-09' }, false],
    ['date', '!=', { answerDate: '2022' }, { valueDate: '2022-09' }, true],
    ['date', '>', { answerDate: '2022' }, { valueDate: '2023-01-01' }, true],
    ['date', '>=', { answerDate: '2022-09-05' }, { valueDate: '2022-09' }, false],
    ['date', '<=', { answerDate: '2022-09-05' }, { valueDate: '2022-09' }, false],
    [
      'dateTime',
      '=',
      { answerDateTime: '2022-09-05T10:00:00Z' },
      { valueDateTime: '2022-09-05T12:00:00+02:00' },
      true,
    ],
    ['dateTime', '<', { answerDateTime: '2022-09-05' }, { valueDateTime: '2022-09-04T23:59:59Z' }, true],
    ['time', '>', { answerTime: '10:00:00' }, { valueTime: '10:00:00.5' }, true],
    ['time', '=', { answerTime: '10:00:00' }, { valueTime: '10:00:00.0' }, true],
    ['string', '=', { answerString: 'Test' }, { valueString: 'test' }, false],
    ['string', '>', { answerString: 'tes' }, { valueString: 'test' }, true],
    ['text', '<=', { answerString: 'test' }, { valueString: 'test' }, true],
    ['url', '=', { answerString: 'urn:x' }, { valueUri: 'urn:x' }, true],
    [
      'open-choice',
      '=',
      { answerCoding: { code: 'a' } },
      { valueCoding: { system: 'urn:s', code: 'a' } },
      true,
    ],
    [
      'open-choice',
      '=',
      { answerCoding: { system: 'urn:s', code: 'a' } },
      { valueCoding: { code: 'a' } },
      false,
    ],
    ['open-choice', '=', { answerString: 'other' }, { valueString: 'other' }, true],
    ['open-choice', '!=', { answerCoding: { code: 'a' } }, { valueString: 'a' }, true],
    [
      'quantity',
      '>',
      { answerQuantity: { value: 5, unit: 'mg' } },
      { valueQuantity: { value: 6, unit: 'mg' } },
      true,
    ],
    [
      'quantity',
      '>',
      { answerQuantity: { value: 5, unit: 'mg' } },
      { valueQuantity: { value: 6, unit: 'kg' } },
      false,
    ],
    [
      'quantity',
      '!=',
      { answerQuantity: { value: 5, unit: 'mg' } },
      { valueQuantity: { value: 5, unit: 'kg' } },
      true,
    ],
    [
      'quantity',
      '=',
      { answerQuantity: { value: 5, code: 'mg' } },
      { valueQuantity: { value: 5, code: 'mg', unit: 'milli' } },
      true,
    ],
    ['quantity', '=', { answerQuantity: { value: 5 } }, { valueQuantity: { value: 5, unit: 'kg' } }, true],
    [
      'quantity',
      '<',
      { answerQuantity: { value: 5 } },
      { valueQuantity: { value: 4, comparator: '>' } },
      false,
    ],
    ['attachment', 'exists', { answerBoolean: true }, { valueAttachment: { url: 'file_1' } }, true],
  ])('of a %s by %s %j with %j give %j', (type, operator, reference, answer, expected) => {
    expect(holds({ type }, { operator, ...reference }, answer)).toBe(expected);
  });

  it('hold when some answer matches, and for != when none does', () => {
    const [one, two] = [{ valueInteger: 1 }, { valueInteger: 2 }];
    expect(holds({ type: 'integer' }, { operator: '=', answerInteger: 1 }, one, two)).toBe(true);
    expect(holds({ type: 'integer' }, { operator: '!=', answerInteger: 1 }, one, two)).toBe(false);
    expect(holds({ type: 'integer' }, { operator: '!=', answerInteger: 1 }, two, two)).toBe(true);
    expect(holds({ type: 'integer' }, { operator: '!=', answerInteger: 1 })).toBe(true);
    expect(holds({ type: 'integer' }, { operator: '=', answerInteger: 1 })).toBe(false);
  });
});

describe('inheritance', () => {
  const on = (question: string): object => ({
    enableWhen: [{ question, operator: '=', answerBoolean: true }],
  });
  const form = [
    { linkId: 'start', type: 'boolean' },
    { linkId: 'late', type: 'string', ...on('middle') },
    {
      linkId: 'group',
      type: 'group',
      ...on('start'),
      item: [{ linkId: 'middle', type: 'boolean', item: [{ linkId: 'below', type: 'string' }] }],
    },
  ];
  const answers = (start: boolean): readonly ResponseItem[] => [
    { linkId: 'start', answer: [{ valueBoolean: start }] },
    { linkId: 'middle', answer: [{ valueBoolean: true }] },
  ];

  it('disables all below a disabled item and whoever asks it, in whatever order they stand', () => {
    expect(enabledPaths(form, answers(false))).toEqual(['start']);
    expect(enabledPaths(form, answers(true))).toEqual(['start', 'late', 'middle', 'below']);
  });

  it('is told of groups and displays too', () => {
    const compiled = compileQuestionnaire({ resourceType: 'Questionnaire', item: form });
    expect(evaluateAnswers(compiled, answers(false)).isEnabled('group')).toBe(false);
    expect(evaluateAnswers(compiled, answers(true)).isEnabled('group')).toBe(true);
    expect(evaluateAnswers(compiled, answers(true)).isEnabled('none')).toBe(false);
  });
});

describe('the nearest occurrence', () => {
  const asks = (question: string, answer: object): object => ({
    enableWhen: [{ question, operator: '=', ...answer }],
  });
  const yes = { answerBoolean: true };
  const flag = (linkId: string, valueBoolean: boolean): ResponseItem => ({
    linkId,
    answer: [{ valueBoolean }],
  });

  it('is the own instance, from nested ones as well', () => {
    const form = [
      {
        linkId: 'rows',
        type: 'group',
        repeats: true,
        item: [
          { linkId: 'on', type: 'boolean' },
          {
            linkId: 'cells',
            type: 'group',
            repeats: true,
            item: [
              { linkId: 'x', type: 'integer' },
              { linkId: 'note', type: 'string', ...asks('on', yes) },
            ],
          },
        ],
      },
    ];
    const cells: ResponseItem = { linkId: 'cells', item: [{ linkId: 'x', answer: [{ valueInteger: 1 }] }] };
    const answers = [
      { linkId: 'rows', item: [flag('on', true), cells] },
      { linkId: 'rows', item: [flag('on', false), cells, cells] },
    ];
    expect(enabledPaths(form, answers)).toEqual([
      'rows[0].on',
      'rows[0].cells[0].x',
      'rows[0].cells[0].note',
      'rows[1].on',
      'rows[1].cells[0].x',
      'rows[1].cells[1].x',
    ]);
  });

  it('is any instance when the question stands in rows elsewhere', () => {
    const form = [
      { linkId: 'rows', type: 'group', repeats: true, item: [{ linkId: 'on', type: 'boolean' }] },
      { linkId: 'sum', type: 'string', ...asks('on', yes) },
      { linkId: 'none', type: 'string', enableWhen: [{ question: 'on', operator: '!=', ...yes }] },
    ];
    const rows = (...flags: readonly boolean[]) =>
      flags.map((value) => ({ linkId: 'rows', item: [flag('on', value)] }));
    expect(enabledPaths(form, rows(false, true))).toEqual(['rows[0].on', 'rows[1].on', 'sum']);
    expect(enabledPaths(form, rows(false, false))).toEqual(['rows[0].on', 'rows[1].on', 'none']);
    expect(enabledPaths(form, [])).toEqual(['none']);
  });

  it('is any instance of any instance when the question stands two levels down', () => {
    const inner = {
      linkId: 'inner',
      type: 'group',
      repeats: true,
      item: [
        { linkId: 'first', type: 'string' },
        { linkId: 'on', type: 'boolean' },
      ],
    };
    const form = [
      { linkId: 'sum', type: 'string', ...asks('on', yes) },
      { linkId: 'outer', type: 'group', repeats: true, item: [inner] },
    ];
    const outer = (value: boolean): ResponseItem => ({
      linkId: 'outer',
      item: [
        { linkId: 'inner', item: [flag('on', false)] },
        { linkId: 'inner', item: [flag('on', value)] },
      ],
    });
    expect(enabledPaths(form, [outer(false), outer(true)])).toContain('sum');
    expect(enabledPaths(form, [outer(false), outer(false)])).not.toContain('sum');
  });

  it('is an instance within the own row when both stand in rows of it', () => {
    const form = [
      {
        linkId: 'rows',
        type: 'group',
        repeats: true,
        item: [
          { linkId: 'parts', type: 'group', repeats: true, item: [{ linkId: 'on', type: 'boolean' }] },
          { linkId: 'note', type: 'string', ...asks('on', yes) },
        ],
      },
    ];
    const row = (value: boolean): ResponseItem => ({
      linkId: 'rows',
      item: [{ linkId: 'parts', item: [flag('on', value)] }],
    });
    const enabled = enabledPaths(form, [row(true), row(false)]);
    expect(enabled).toContain('rows[0].note');
    expect(enabled).not.toContain('rows[1].note');
  });

  it('is the answer itself for an item below one answer of a repeating question', () => {
    const form = [
      {
        linkId: 'drug',
        type: 'open-choice',
        repeats: true,
        item: [{ linkId: 'detail', type: 'string', ...asks('drug', { answerCoding: { code: 'other' } }) }],
      },
    ];
    const answers = [
      { linkId: 'drug', answer: [{ valueCoding: { code: 'a' } }, { valueCoding: { code: 'other' } }] },
    ];
    expect(enabledPaths(form, answers)).toEqual(['drug', 'drug[1].detail']);
  });
});
