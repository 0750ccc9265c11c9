import { describe, expect, it } from 'vitest';
import { compileQuestionnaire } from './compile-questionnaire.ts';
import { evaluateAnswers } from './evaluate-answers.ts';
import type { AnswerIssue, AnswersEvaluation, AnswerValue, ResponseItem } from './types.ts';

const core = 'http://hl7.org/fhir/StructureDefinition/';
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/';

function evaluate(item: readonly object[], answers: readonly ResponseItem[]): AnswersEvaluation {
  return evaluateAnswers(compileQuestionnaire({ resourceType: 'Questionnaire', item }), answers);
}

function issuesOf(item: readonly object[], answers: readonly ResponseItem[]): readonly string[] {
  return evaluate(item, answers).issues.map(({ path, code }) => `${path} ${code}`);
}

/** The issues of one question with these answers. */
function judge(question: object, ...answer: readonly AnswerValue[]): readonly AnswerIssue[] {
  return evaluate([{ linkId: 'q', text: 'Weight', ...question }], [{ linkId: 'q', answer }]).issues;
}

function extended(type: string, ...extensions: readonly (readonly [string, object])[]): object {
  return {
    type,
    extension: extensions.map(([url, value]) => ({
      url: url.startsWith('http') ? url : core + url,
      ...value,
    })),
  };
}

const yes = (question: string): object => ({
  enableWhen: [{ question, operator: '=', answerBoolean: true }],
});
const answer = (linkId: string, ...answers: readonly AnswerValue[]): ResponseItem => ({
  linkId,
  answer: answers,
});

describe('rules over present answers', () => {
  const quantityUnit = [
    'questionnaire-unitOption',
    { valueCoding: { code: 'kg', display: 'kilograms' } },
  ] as const;
  const options = [{ valueCoding: { code: 'a' } }, { valueCoding: { code: 'b' } }];

  it.each<[string, object, AnswerValue, AnswerValue, string, string]>([
    [
      'maxLength',
      { type: 'string', maxLength: 3 },
      { valueString: '💊💊💊' },
      { valueString: 'abcd' },
      'out_of_range',
      'range',
    ],
    [
      'maxLength of free text',
      { type: 'open-choice', maxLength: 3 },
      { valueString: 'abc' },
      { valueString: 'abcd' },
      'out_of_range',
      'range',
    ],
    [
      'maxLength of a number',
      { type: 'integer', maxLength: 3 },
      { valueInteger: 100 },
      { valueInteger: 1000 },
      'out_of_range',
      'range',
    ],
    [
      'minLength',
      extended('text', ['minLength', { valueInteger: 3 }]),
      { valueString: 'abc' },
      { valueString: '💊a' },
      'out_of_range',
      'range',
    ],
    [
      'regex',
      extended('string', ['regex', { valueString: '\\d{3}' }]),
      { valueString: '123' },
      { valueString: '1234' },
      'invalid_format',
      'format',
    ],
    [
      'regex of a number',
      extended('integer', ['regex', { valueString: '\\d{3}' }]),
      { valueInteger: 123 },
      { valueInteger: 12 },
      'invalid_format',
      'format',
    ],
    [
      'maxDecimalPlaces',
      extended('decimal', ['maxDecimalPlaces', { valueInteger: 2 }]),
      { valueDecimal: 1.25 },
      { valueDecimal: 1.255 },
      'invalid_format',
      'format',
    ],
    [
      'maxDecimalPlaces of small numbers',
      extended('decimal', ['maxDecimalPlaces', { valueInteger: 2 }]),
      { valueDecimal: 1e21 },
      { valueDecimal: 1e-7 },
      'invalid_format',
      'format',
    ],
    [
      'minValue of an integer',
      extended('integer', ['minValue', { valueInteger: 5 }]),
      { valueInteger: 5 },
      { valueInteger: 4 },
      'out_of_range',
      'range',
    ],
    [
      'maxValue of a decimal',
      extended('decimal', ['maxValue', { valueInteger: 5 }]),
      { valueDecimal: 5 },
      { valueDecimal: 5.1 },
      'out_of_range',
      'range',
    ],
    [
      'minValue of a date',
      extended('date', ['minValue', { valueDate: '2026-03-10' }]),
      { valueDate: '2026-03-10' },
      { valueDate: '2026-03-09' },
      'out_of_range',
      'range',
    ],
    [
      'minValue of a partial date',
      extended('date', ['minValue', { valueDate: '2026-03-10' }]),
      { valueDate: '2026-03' },
      { valueDate: '2026-02' },
      'out_of_range',
      'range',
    ],
    [
      'maxValue of a dateTime',
      extended('dateTime', ['maxValue', { valueDateTime: '2026-03-10T00:00:00Z' }]),
      { valueDateTime: '2026-03-10T01:00:00+01:00' },
      { valueDateTime: '2026-03-10T01:00:00Z' },
      'out_of_range',
      'range',
    ],
    [
      'maxValue of a dateTime by day',
      extended('dateTime', ['maxValue', { valueDate: '2026-03-10' }]),
      { valueDateTime: '2026-03-10T23:00:00Z' },
      { valueDateTime: '2026-03-11T00:00:00Z' },
      'out_of_range',
      'range',
    ],
    [
      'minValue of a time',
      extended('time', ['minValue', { valueTime: '08:00:00' }]),
      { valueTime: '08:00:00.0' },
      { valueTime: '07:59:59' },
      'out_of_range',
      'range',
    ],
    [
      'minValue of a quantity',
      extended('quantity', ['minValue', { valueDecimal: 5 }]),
      { valueQuantity: { value: 5, unit: 'g' } },
      { valueQuantity: { value: 4 } },
      'out_of_range',
      'range',
    ],
    [
      'maxQuantity',
      extended('quantity', [
        `${sdc}sdc-questionnaire-maxQuantity`,
        { valueQuantity: { value: 5, code: 'kg' } },
      ]),
      { valueQuantity: { value: 5, code: 'kg' } },
      { valueQuantity: { value: 6, code: 'kg' } },
      'out_of_range',
      'range',
    ],
    [
      'minQuantity',
      extended('quantity', [
        `${sdc}sdc-questionnaire-minQuantity`,
        { valueQuantity: { value: 5, code: 'kg' } },
      ]),
      { valueQuantity: { value: 1, code: 'g' } },
      { valueQuantity: { value: 1, code: 'kg' } },
      'out_of_range',
      'range',
    ],
    [
      'unitOption',
      extended('quantity', quantityUnit),
      { valueQuantity: { value: 5, unit: 'kilograms' } },
      { valueQuantity: { value: 5, unit: 'lb' } },
      'invalid_option',
      'value_set',
    ],
    [
      'answerOption',
      { type: 'choice', answerOption: options },
      { valueCoding: { code: 'a' } },
      { valueCoding: { code: 'c' } },
      'invalid_option',
      'value_set',
    ],
    [
      'answerOption of a string',
      { type: 'string', answerOption: [{ valueString: 'x' }] },
      { valueString: 'x' },
      { valueString: 'y' },
      'invalid_option',
      'value_set',
    ],
    [
      'answerOption of an integer',
      { type: 'integer', answerOption: [{ valueInteger: 1 }] },
      { valueInteger: 1 },
      { valueInteger: 2 },
      'invalid_option',
      'value_set',
    ],
    [
      'answerOption of an open choice',
      { type: 'open-choice', answerOption: options },
      { valueString: 'free' },
      { valueCoding: { code: 'c' } },
      'invalid_option',
      'value_set',
    ],
    [
      'mimeType',
      extended(
        'attachment',
        ['mimeType', { valueCode: 'image/*' }],
        ['mimeType', { valueCode: 'Application/PDF' }],
      ),
      { valueAttachment: { url: 'f', contentType: 'application/pdf; q=1' } },
      { valueAttachment: { url: 'f', contentType: 'text/plain' } },
      'invalid_format',
      'format',
    ],
    [
      'maxSize',
      extended('attachment', ['maxSize', { valueDecimal: 0.5 }]),
      { valueAttachment: { url: 'f', size: 500_000 } },
      { valueAttachment: { url: 'f', size: 500_001 } },
      'out_of_range',
      'range',
    ],
  ])('judge %s', (_, question, good, bad, code, ruleType) => {
    expect(judge(question, good)).toEqual([]);
    const issues = judge(question, bad);
    expect(issues).toMatchObject([{ linkId: 'q', path: 'q', code, ruleType }]);
    expect(issues[0]?.message).toMatch(/^"Weight" .+\.$/);
  });

  it('report each rule once, however many answers break it', () => {
    expect(
      judge(
        { type: 'integer', repeats: true, answerOption: [{ valueInteger: 1 }] },
        { valueInteger: 2 },
        { valueInteger: 3 },
      ),
    ).toHaveLength(1);
  });

  it('let an exclusive option stand alone only', () => {
    const none = {
      valueCoding: { code: 'none' },
      extension: [{ url: `${core}questionnaire-optionExclusive`, valueBoolean: true }],
    };
    const question = { type: 'choice', repeats: true, answerOption: [...options, none] };
    const [a, b, alone] = ['a', 'b', 'none'].map((code) => ({ valueCoding: { code } }));
    expect(judge(question, a ?? {}, b ?? {})).toEqual([]);
    expect(judge(question, alone ?? {})).toEqual([]);
    expect(judge(question, alone ?? {}, b ?? {})).toMatchObject([{ code: 'invalid_option' }]);
  });

  it('count the answers', () => {
    const question = {
      ...extended(
        'integer',
        ['questionnaire-minOccurs', { valueInteger: 2 }],
        ['questionnaire-maxOccurs', { valueInteger: 3 }],
      ),
      repeats: true,
    };
    const values = [1, 2, 3, 4].map((valueInteger) => ({ valueInteger }));
    expect(judge(question, ...values.slice(0, 1))).toMatchObject([
      { code: 'required', message: '"Weight" needs at least 2 answers.' },
    ]);
    expect(judge(question, ...values.slice(0, 2))).toEqual([]);
    expect(judge(question, ...values)).toMatchObject([
      { code: 'out_of_range', message: '"Weight" must not have more than 3 answers.' },
    ]);
  });

  it('never repeat an answer', () => {
    const question = {
      ...extended('string', ['regex', { valueString: 'x' }], ['minLength', { valueInteger: 50 }]),
      maxLength: 60,
      answerOption: [{ valueString: 'x' }],
    };
    const issues = judge(question, { valueString: 'Jane Doe' });
    expect(issues).toHaveLength(3);
    expect(JSON.stringify(issues)).not.toContain('Jane');
  });
});

describe('required items', () => {
  it('are missed only while enabled', () => {
    const form = [
      { linkId: 'on', type: 'boolean' },
      { linkId: 'q', type: 'string', text: 'Date', required: true, ...yes('on') },
    ];
    expect(evaluate(form, [answer('on', { valueBoolean: true })])).toMatchObject({
      issues: [
        {
          linkId: 'q',
          path: 'q',
          code: 'required',
          ruleType: 'required',
          message: 'An answer is needed for "Date".',
        },
      ],
      states: [
        { linkId: 'on', path: 'on', enabled: true, required: false, answered: true },
        { linkId: 'q', path: 'q', enabled: true, required: true, answered: false },
      ],
    });
    const off = evaluate(form, [
      answer('on', { valueBoolean: false }),
      answer('q', { valueString: 'stale' }),
    ]);
    expect(off.issues).toEqual([]);
    expect(off.states[1]).toEqual({
      linkId: 'q',
      path: 'q',
      enabled: false,
      required: true,
      answered: false,
    });
    expect(off.answersOf('q')).toEqual([]);
  });

  it('take false and zero for answers', () => {
    expect(judge({ type: 'boolean', required: true }, { valueBoolean: false })).toEqual([]);
    expect(judge({ type: 'integer', required: true }, { valueInteger: 0 })).toEqual([]);
  });

  it('may be groups, which want one answer anywhere below', () => {
    const form = (required: boolean): readonly object[] => [
      { linkId: 'on', type: 'boolean' },
      {
        linkId: 'g',
        type: 'group',
        text: 'History',
        required: true,
        item: [
          { linkId: 'a', type: 'string', required },
          { linkId: 'inner', type: 'group', item: [{ linkId: 'b', type: 'string', ...yes('on') }] },
        ],
      },
    ];
    expect(issuesOf(form(false), [])).toEqual(['g required']);
    expect(issuesOf(form(false), [answer('a', { valueString: 'x' })])).toEqual([]);
    expect(
      issuesOf(form(false), [answer('on', { valueBoolean: true }), answer('b', { valueString: 'x' })]),
    ).toEqual([]);
    expect(issuesOf(form(true), [])).toEqual(['a required']);
  });

  it('are no groups in which nothing is enabled', () => {
    const form = [
      { linkId: 'on', type: 'boolean' },
      { linkId: 'g', type: 'group', required: true, item: [{ linkId: 'a', type: 'string', ...yes('on') }] },
    ];
    expect(issuesOf(form, [])).toEqual([]);
    expect(issuesOf(form, [answer('on', { valueBoolean: true })])).toEqual(['g required']);
  });
});

describe('repeating groups', () => {
  const rows = (more: object): readonly object[] => [
    {
      linkId: 'rows',
      type: 'group',
      text: 'Rows',
      repeats: true,
      ...more,
      item: [
        { linkId: 'a', type: 'string', required: true },
        { linkId: 'b', type: 'boolean' },
      ],
    },
  ];
  const row = (...item: readonly ResponseItem[]): ResponseItem => ({ linkId: 'rows', item });
  const [a, b] = [answer('a', { valueString: 'x' }), answer('b', { valueBoolean: true })];

  it('have states and issues per instance', () => {
    const { states, issues, answersOf } = evaluate(rows({}), [row(a), row(b)]);
    expect(states.map(({ path, answered }) => [path, answered])).toEqual([
      ['rows[0].a', true],
      ['rows[0].b', false],
      ['rows[1].a', false],
      ['rows[1].b', true],
    ]);
    expect(issues.map(({ path }) => path)).toEqual(['rows[1].a']);
    expect(answersOf('a')).toEqual([{ valueString: 'x' }]);
  });

  it('have none without instances, unless one must be there', () => {
    expect(evaluate(rows({}), [])).toMatchObject({ states: [], issues: [] });
    const { states, issues } = evaluate(rows({ required: true }), []);
    expect(states.map(({ path }) => path)).toEqual(['rows[0].a', 'rows[0].b']);
    expect(issues.map(({ path }) => path)).toEqual(['rows[0].a']);
  });

  it('are counted against minOccurs and maxOccurs', () => {
    const counted = extended(
      'group',
      ['questionnaire-minOccurs', { valueInteger: 2 }],
      ['questionnaire-maxOccurs', { valueInteger: 3 }],
    );
    expect(issuesOf(rows(counted), [])).toEqual(['rows[0].a required']);
    expect(issuesOf(rows(counted), [row(a)])).toEqual(['rows required']);
    expect(issuesOf(rows(counted), [row(a), row(a), row(a)])).toEqual([]);
    expect(issuesOf(rows(counted), [row(a), row(a), row(a), row(a)])).toEqual(['rows out_of_range']);
  });

  it('are not counted while disabled', () => {
    const form = [
      { linkId: 'on', type: 'boolean' },
      ...rows({ ...extended('group', ['questionnaire-maxOccurs', { valueInteger: 1 }]), ...yes('on') }),
    ];
    expect(issuesOf(form, [row(a), row(a)])).toEqual([]);
    expect(issuesOf(form, [answer('on', { valueBoolean: true }), row(a), row(a)])).toEqual([
      'rows out_of_range',
    ]);
  });

  it('have children per answer below repeating questions', () => {
    const form = [
      {
        linkId: 'q',
        type: 'integer',
        repeats: true,
        item: [{ linkId: 'why', type: 'string', required: true }],
      },
    ];
    expect(evaluate(form, []).states.map(({ path }) => path)).toEqual(['q']);
    expect(issuesOf(form, [answer('q', { valueInteger: 1 }, { valueInteger: 2 })])).toEqual([
      'q[0].why required',
      'q[1].why required',
    ]);
  });
});

describe('answers that cannot be read', () => {
  const form = [
    { linkId: 'q', type: 'integer', required: true },
    { linkId: 'g', type: 'group', repeats: true, item: [{ linkId: 'r', type: 'string' }] },
  ];

  it.each([
    null,
    'text',
    [null, 5, 'x', [], {}],
    [{ linkId: 'none', answer: [{ valueInteger: 1 }] }],
    [{ linkId: 'q', answer: [{ valueInteger: 'x' }] }],
    [{ linkId: 'q', answer: [{ valueInteger: 1 }, { valueInteger: 2 }] }],
    [{ linkId: 'q', answer: 5, item: 5 }],
    [
      { linkId: 'g', item: 'x' },
      { linkId: 'g', item: [{ linkId: 'r', answer: [{ valueString: ' ' }] }] },
    ],
    [{ linkId: 'r', answer: [{ valueString: 'misplaced' }] }],
  ])('count as absent: %j', (answers) => {
    // The stored column is JSON; what stands in it is not for the type system to promise.
    const { issues, states } = evaluate(form, answers as readonly ResponseItem[]);
    expect(states).toEqual([{ linkId: 'q', path: 'q', enabled: true, required: true, answered: false }]);
    expect(issues).toMatchObject([{ path: 'q', code: 'required' }]);
  });
});
