import { describe, expect, it } from 'vitest';
import { compileQuestionnaire, lintQuestionnaire } from './compile-questionnaire.ts';
import { QuestionnaireDefinitionError } from './definition-problems.ts';

const core = 'http://hl7.org/fhir/StructureDefinition/';
const options = [{ valueCoding: { code: 'a' } }, { valueCoding: { code: 'b' } }];

function formOf(...item: readonly unknown[]): unknown {
  return { resourceType: 'Questionnaire', item };
}

function extended(type: string, url: string, value: object, more: object = {}): object {
  return {
    linkId: 'q',
    type,
    ...more,
    extension: [{ url: url.startsWith('http') ? url : core + url, ...value }],
  };
}

/** Paths and messages of a form's problems, as `path: message`. */
function problemsOf(form: unknown): readonly string[] {
  return lintQuestionnaire(form).map(({ path, message }) => `${path}: ${message}`);
}

describe('what is no questionnaire', () => {
  it.each([undefined, null, 1, 'text', [], {}, { resourceType: 'Patient' }])('refuses %j', (source) => {
    expect(() => compileQuestionnaire(source)).toThrow(QuestionnaireDefinitionError);
    expect(lintQuestionnaire(source)).toHaveLength(1);
  });

  it('refuses a form without items', () => {
    expect(problemsOf(formOf())).toEqual(['item: The questionnaire has no items.']);
  });
});

describe('the definition error', () => {
  it('carries every problem with its path and mend', () => {
    const form = formOf(
      { linkId: 'a', type: 'reference' },
      { type: 'string' },
      { linkId: 'c', type: 'choice' },
    );
    let caught: unknown;
    try {
      compileQuestionnaire(form);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(QuestionnaireDefinitionError);
    // Just checked.
    const { problems, message } = caught as QuestionnaireDefinitionError;
    expect(problems.map(({ path }) => path)).toEqual(['item[0].type', 'item[1]', 'item[2]']);
    expect(problems.every(({ mend }) => mend.length > 0)).toBe(true);
    expect(message).toContain('and 2 more');
    expect(lintQuestionnaire(form)).toEqual(problems);
  });
});

describe('the shape of items', () => {
  it.each([
    [{ resourceType: 'Questionnaire', item: {} }, 'item: "item" is not a list.'],
    [formOf(null), 'item[0]: This is not an object.'],
    [formOf({ type: 'string' }), 'item[0]: The item has no linkId.'],
    [formOf({ linkId: ' ', type: 'string' }), 'item[0].linkId: "linkId" is not a text'],
    [formOf({ linkId: 'a\u0000', type: 'string' }), 'item[0].linkId: "linkId" is not a text'],
    [formOf({ linkId: 'a' }), 'item[0].type: The item has no type'],
    [formOf({ linkId: 'a', type: 'constructor' }), 'item[0].type: The item has the type "constructor"'],
    [formOf({ linkId: 'a', type: 'string', required: 'true' }), 'item[0].required: "required" is neither'],
    [
      formOf({ linkId: 'a', type: 'string', maxLength: 0 }),
      'item[0].maxLength: "maxLength" is not a whole number',
    ],
    [formOf({ linkId: 'a', type: 'string', text: 5 }), 'item[0].text: "text" is not a text'],
    [
      formOf({ linkId: 'a', type: 'string', enableBehavior: 'some' }),
      'item[0].enableBehavior: enableBehavior is neither',
    ],
    [
      formOf({ linkId: 'a', type: 'string', extension: [{}] }),
      'item[0].extension[0]: The extension has no url.',
    ],
    [
      formOf({ linkId: 'a', type: 'string', modifierExtension: [] }),
      'item[0].modifierExtension: modifierExtension changes',
    ],
    [
      { ...(formOf({ linkId: 'a', type: 'string' }) as object), implicitRules: 'urn:x' },
      'implicitRules: implicitRules changes',
    ],
    [formOf({ linkId: 'a', type: 'group' }), 'item[0]: The group has no items.'],
    [
      formOf({ linkId: 'a', type: 'display', item: [{ linkId: 'b', type: 'string' }] }),
      'item[0]: A display has no items below it.',
    ],
    [
      formOf({ linkId: 'a', type: 'display', required: true }),
      'item[0].required: "required" means nothing on a display.',
    ],
    [
      formOf({ linkId: 'a', type: 'group', required: true, item: [{ linkId: 'b', type: 'display' }] }),
      'item[0]: The group is required but has no question',
    ],
    [
      formOf({
        linkId: 'a',
        type: 'group',
        initial: [{ valueString: 'x' }],
        item: [{ linkId: 'b', type: 'string' }],
      }),
      'item[0].initial: "initial" means nothing on a group.',
    ],
  ])('refuses %j', (form, problem) => {
    expect(problemsOf(form)[0]).toContain(problem);
    expect(() => compileQuestionnaire(form)).toThrow(QuestionnaireDefinitionError);
  });

  it('refuses a second item of one linkId wherever it stands', () => {
    const form = formOf(
      { linkId: 'a', type: 'group', item: [{ linkId: 'b', type: 'string' }] },
      { linkId: 'b', type: 'string' },
    );
    expect(problemsOf(form)).toEqual(['item[1]: The linkId "b" is taken by item[0].item[0].']);
  });

  it('takes a chain of conditions as long as a form may be', () => {
    const chain = Array.from({ length: 5_000 }, (_, index) => ({
      linkId: `q${index}`,
      type: 'boolean',
      ...(index < 4_999 && {
        enableWhen: [{ question: `q${index + 1}`, operator: '=', answerBoolean: true }],
      }),
    }));
    expect(problemsOf(formOf(...chain))).toEqual([]);
  });

  it('refuses forms too deep or too large to be forms', () => {
    let deep: object = { linkId: 'leaf', type: 'string' };
    for (let depth = 0; depth < 5_000; depth += 1)
      deep = { linkId: `g${depth}`, type: 'group', item: [deep] };
    expect(problemsOf(formOf(deep))[0]).toContain('nested more than');
    const wide = Array.from({ length: 5_001 }, (_, index) => ({ linkId: `q${index}`, type: 'string' }));
    expect(problemsOf(formOf(...wide))[0]).toContain('more than 5000 items');
  });
});

describe('options and initial values', () => {
  it.each([
    [{ linkId: 'q', type: 'choice' }, 'offers nothing to choose'],
    [
      { linkId: 'q', type: 'choice', answerOption: options, answerValueSet: '#x' },
      'both answerOption and answerValueSet',
    ],
    [{ linkId: 'q', type: 'string', answerValueSet: '#x' }, 'takes no value set'],
    [{ linkId: 'q', type: 'boolean', answerOption: [{ valueString: 'x' }] }, 'takes no options'],
    [
      { linkId: 'q', type: 'string', answerOption: [{ valueInteger: 1 }] },
      'takes exactly one of: valueString',
    ],
    [{ linkId: 'q', type: 'choice', answerOption: [{}] }, 'takes exactly one of'],
    [
      { linkId: 'q', type: 'choice', answerOption: [{ valueString: 'a', valueInteger: 1 }] },
      'takes exactly one of',
    ],
    [{ linkId: 'q', type: 'choice', answerOption: [{ valueReference: {} }] }, 'takes exactly one of'],
    [
      { linkId: 'q', type: 'choice', answerOption: [{ valueCoding: { display: 'A' } }] },
      'must be a Coding with a code',
    ],
    [{ linkId: 'q', type: 'choice', answerOption: [...options, options[0]] }, 'Two options are the same'],
    [{ linkId: 'q', type: 'choice', answerValueSet: '#x' }, 'is not contained in the questionnaire'],
    [
      { linkId: 'q', type: 'date', answerOption: [{ valueDate: '2026-02-30' }] },
      'must be a date that exists',
    ],
    [{ linkId: 'q', type: 'integer', initial: [{ valueString: '1' }] }, 'another type than the item'],
    [{ linkId: 'q', type: 'integer', initial: [{ valueInteger: 1.5 }] }, 'must be a whole number'],
    [
      { linkId: 'q', type: 'integer', initial: [{ valueInteger: 1 }, { valueInteger: 2 }] },
      'several initial values',
    ],
    [
      { linkId: 'q', type: 'choice', answerOption: options, initial: [{ valueCoding: { code: 'a' } }] },
      'options and an initial',
    ],
    [{ linkId: 'q', type: 'date', maxLength: 3 }, 'takes no maxLength'],
    [{ linkId: 'q', type: 'string', required: true, readOnly: true }, 'required and read-only'],
  ])('refuses %j', (item, problem) => {
    expect(problemsOf(formOf(item)).join('\n')).toContain(problem);
  });

  it('refuses two selected options unless the item repeats', () => {
    const answerOption = options.map((option) => ({ ...option, initialSelected: true }));
    expect(problemsOf(formOf({ linkId: 'q', type: 'choice', answerOption }))[0]).toContain(
      'Several options are selected',
    );
    expect(problemsOf(formOf({ linkId: 'q', type: 'choice', repeats: true, answerOption }))).toEqual([]);
  });

  it('counts an item in a read-only group as read-only', () => {
    const group = {
      linkId: 'g',
      type: 'group',
      readOnly: true,
      item: [{ linkId: 'q', type: 'string', required: true }],
    };
    expect(problemsOf(formOf(group))[0]).toContain('required and read-only');
    expect(
      compileQuestionnaire(formOf({ ...group, item: [{ linkId: 'q', type: 'string' }] })).itemByLinkId.get(
        'q',
      )?.readOnly,
    ).toBe(true);
  });
});

describe('extensions', () => {
  it.each([
    [extended('string', 'regex', { valueString: '(?=x)' }), 'look-around'],
    [extended('string', 'regex', { valueInteger: 1 }), 'has no valueString'],
    [extended('boolean', 'regex', { valueString: 'x' }), 'A regex means nothing'],
    [extended('boolean', 'minLength', { valueInteger: 1 }), 'minLength means nothing'],
    [extended('string', 'minLength', { valueInteger: 9 }, { maxLength: 5 }), 'greater than maxLength'],
    [extended('string', 'minLength', { valueInteger: -1 }), 'has no valueInteger'],
    [extended('string', 'minValue', { valueInteger: 1 }), 'cannot be limited by this'],
    [extended('date', 'minValue', { valueInteger: 1 }), 'cannot be limited by this'],
    [extended('date', 'minValue', { valueDate: '2026-02-30' }), 'has no well-formed'],
    [extended('string', 'questionnaire-minOccurs', { valueInteger: 2 }), 'does not repeat'],
    [extended('string', 'questionnaire-maxOccurs', { valueInteger: 0 }), 'could never be answered'],
    [extended('string', 'questionnaire-hidden', { valueString: 'yes' }), 'has no valueBoolean'],
    [extended('attachment', 'maxSize', { valueDecimal: 0 }), 'has no valueDecimal'],
    [extended('quantity', 'questionnaire-unitOption', { valueCoding: {} }), 'with a code or a display'],
    [extended('quantity', 'questionnaire-unitValueSet', { valueCanonical: 'urn:none' }), 'is not packed'],
  ])('refuses %j', (item, problem) => {
    expect(problemsOf(formOf(item)).join('\n')).toContain(problem);
  });

  it('refuses bounds that exclude every value', () => {
    const extension = [
      { url: `${core}minValue`, valueInteger: 5 },
      { url: `${core}maxValue`, valueInteger: 4 },
      { url: `${core}questionnaire-minOccurs`, valueInteger: 3 },
      { url: `${core}questionnaire-maxOccurs`, valueInteger: 2 },
    ];
    const problems = problemsOf(formOf({ linkId: 'q', type: 'integer', repeats: true, extension }));
    expect(problems).toEqual([
      'item[0]: minOccurs is greater than maxOccurs.',
      'item[0]: The smallest allowed value is greater than the largest.',
    ]);
  });

  it('refuses FHIRPath conditions on items and notices other expressions', () => {
    const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';
    const condition = extended('string', `${sdc}enableWhenExpression`, { valueExpression: {} });
    expect(problemsOf(formOf(condition))).toEqual([
      'item[0].extension[0]: enableWhenExpression is not supported: this engine evaluates no FHIRPath.',
    ]);
    const calculated = extended('string', `${sdc}calculatedExpression`, { valueExpression: {} });
    const { notices } = compileQuestionnaire(formOf(calculated));
    expect(notices.map(({ path }) => path)).toEqual(['item[0].extension[0]']);
  });

  it('takes units that have only a display', () => {
    const item = extended('quantity', 'questionnaire-unitOption', { valueCoding: { display: 'mmHg' } });
    expect(compileQuestionnaire(formOf(item)).itemByLinkId.get('q')?.units).toEqual([{ display: 'mmHg' }]);
  });
});

describe('conditions', () => {
  const asked = [
    { linkId: 'flag', type: 'boolean' },
    { linkId: 'count', type: 'integer' },
    { linkId: 'weight', type: 'decimal' },
    { linkId: 'pick', type: 'choice', answerOption: options },
    { linkId: 'words', type: 'choice', answerOption: [{ valueString: 'x' }] },
    { linkId: 'site', type: 'url' },
    { linkId: 'file', type: 'attachment' },
    { linkId: 'group', type: 'group', item: [{ linkId: 'inner', type: 'string' }] },
  ];

  function problemsOfCondition(condition: object): readonly string[] {
    return problemsOf(formOf(...asked, { linkId: 'q', type: 'string', enableWhen: [condition] }));
  }

  it.each([
    [{ operator: '=', answerBoolean: true }, 'The condition names no question.'],
    [{ question: 'none', operator: '=', answerBoolean: true }, 'No item has the linkId "none".'],
    [
      { question: 'group', operator: 'exists', answerBoolean: true },
      '"group" is a group, which has no answer.',
    ],
    [{ question: 'flag', operator: '~', answerBoolean: true }, 'The operator is not known.'],
    [{ question: 'flag', operator: '=' }, 'The condition has no answer[x].'],
    [{ question: 'flag', operator: '=', answerBoolean: true, answerInteger: 1 }, 'more than one answer[x]'],
    [{ question: 'flag', operator: 'exists', answerString: 'yes' }, '"exists" takes an answerBoolean'],
    [{ question: 'flag', operator: '=', answerInteger: 1 }, 'does not take this type'],
    [{ question: 'weight', operator: '=', answerInteger: 1 }, 'does not take this type'],
    [{ question: 'words', operator: '=', answerCoding: { code: 'x' } }, 'does not take this type'],
    [{ question: 'file', operator: '=', answerString: 'x' }, 'does not take this type'],
    [{ question: 'count', operator: '=', answerInteger: 1.5 }, 'must be a whole number'],
    [{ question: 'flag', operator: '>', answerBoolean: true }, 'has no order'],
    [{ question: 'pick', operator: '<=', answerCoding: { code: 'a' } }, 'has no order'],
  ])('refuses %j', (condition, problem) => {
    expect(problemsOfCondition(condition).join('\n')).toContain(problem);
  });

  it.each([
    { question: 'flag', operator: '!=', answerBoolean: true },
    { question: 'count', operator: '>=', answerInteger: 2 },
    { question: 'pick', operator: '=', answerCoding: { code: 'a' } },
    { question: 'words', operator: '=', answerString: 'x' },
    { question: 'inner', operator: '<', answerString: 'm' },
    { question: 'site', operator: '=', answerString: 'https://example.org' },
    { question: 'file', operator: 'exists', answerBoolean: false },
  ])('takes %j', (condition) => {
    expect(problemsOfCondition(condition)).toEqual([]);
  });

  it('wants enableBehavior with two conditions', () => {
    const condition = { question: 'flag', operator: '=', answerBoolean: true };
    const item = { linkId: 'q', type: 'string', enableWhen: [condition, condition] };
    expect(problemsOf(formOf(...asked, item))[0]).toContain('no enableBehavior');
    expect(problemsOf(formOf(...asked, { ...item, enableBehavior: 'any' }))).toEqual([]);
  });

  it('notices a comparison with a code that is no option', () => {
    const condition = { question: 'pick', operator: '=', answerCoding: { code: 'z' } };
    const form = formOf(...asked, { linkId: 'q', type: 'string', enableWhen: [condition] });
    expect(compileQuestionnaire(form).notices).toMatchObject([{ path: 'item[8].enableWhen[0]' }]);
  });

  it.each([
    [
      'itself',
      [{ linkId: 'a', type: 'boolean', enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }] }],
    ],
    [
      'a question inside it',
      [
        {
          linkId: 'a',
          type: 'group',
          enableWhen: [{ question: 'b', operator: '=', answerBoolean: true }],
          item: [{ linkId: 'b', type: 'boolean' }],
        },
      ],
    ],
    [
      'another that depends on it',
      [
        { linkId: 'a', type: 'boolean', enableWhen: [{ question: 'b', operator: '=', answerBoolean: true }] },
        { linkId: 'b', type: 'boolean', enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }] },
      ],
    ],
  ])('refuses an item that depends on %s', (_, items) => {
    const problems = problemsOf(formOf(...items));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('depends on itself: "a"');
  });
});

describe('a compiled questionnaire', () => {
  const compiled = compileQuestionnaire({
    ...(formOf(
      { linkId: 'about', type: 'display', text: 'Read this' },
      {
        linkId: 'g',
        type: 'group',
        text: 'Group',
        item: [
          { linkId: 'q1', type: 'choice', text: 'Pick', required: true, answerOption: options },
          extended('string', 'questionnaire-hidden', { valueBoolean: true }),
        ],
      },
      { linkId: 'rows', type: 'group', repeats: true, item: [{ linkId: 'cell', type: 'integer' }] },
    ) as object),
    url: 'urn:form',
    version: '2',
    title: 'Form',
  });

  it('lists items and questions in the order of the form', () => {
    expect(compiled.itemsInOrder.map(({ linkId }) => linkId)).toEqual([
      'about',
      'g',
      'q1',
      'q',
      'rows',
      'cell',
    ]);
    expect(compiled.questionsInOrder.map(({ linkId }) => linkId)).toEqual(['q1', 'q', 'cell']);
    expect(compiled.items.map(({ linkId }) => linkId)).toEqual(['about', 'g', 'rows']);
    expect(compiled).toMatchObject({ url: 'urn:form', version: '2', title: 'Form' });
  });

  it('tells of each item what other rooms ask', () => {
    expect(compiled.itemByLinkId.get('q1')).toMatchObject({
      text: 'Pick',
      kind: 'question',
      required: true,
      hidden: false,
      ancestors: ['g'],
      options: { list: [{ label: 'a' }, { label: 'b' }], open: false },
    });
    expect(compiled.itemByLinkId.get('q')).toMatchObject({ text: 'q', hidden: true });
    expect(compiled.itemByLinkId.get('rows')?.children.map(({ linkId }) => linkId)).toEqual(['cell']);
    expect(compiled.itemByLinkId.get('cell')?.scope.opener?.linkId).toBe('rows');
  });
});
