import { describe, expect, it } from 'vitest';
import { compileQuestionnaire } from './compile-questionnaire.ts';
import { mergeAnswers } from './merge-answers.ts';
import type { AnswerRejection, MergeOutcome, ResponseItem } from './types.ts';

const yes = (question: string): object => ({
  enableWhen: [{ question, operator: '=', answerBoolean: true }],
});

const form = compileQuestionnaire({
  resourceType: 'Questionnaire',
  item: [
    {
      linkId: 'request',
      type: 'group',
      item: [
        { linkId: 'urgent', type: 'boolean', text: 'Urgent' },
        { linkId: 'reason', type: 'text', text: 'Reason', ...yes('urgent') },
        { linkId: 'about', type: 'display', text: 'About' },
        {
          linkId: 'kind',
          type: 'choice',
          text: 'Kind',
          answerOption: [
            { valueCoding: { system: 'urn:s', version: '1', code: 'new', display: 'New' } },
            { valueCoding: { code: 'old', display: 'Old' } },
          ],
        },
      ],
    },
    {
      linkId: 'count',
      type: 'integer',
      text: 'Count',
      item: [{ linkId: 'unitless', type: 'string', text: 'Why' }],
    },
    { linkId: 'fixed', type: 'string', text: 'Fixed', readOnly: true },
    {
      linkId: 'tags',
      type: 'open-choice',
      text: 'Tags',
      repeats: true,
      answerOption: [{ valueCoding: { code: 't1', display: 'Tag' } }, { valueString: 'plain' }],
      item: [{ linkId: 'tagnote', type: 'string', text: 'Tag note' }],
    },
    {
      linkId: 'meds',
      type: 'group',
      text: 'Medications',
      repeats: true,
      item: [
        { linkId: 'drug', type: 'string', text: 'Drug' },
        { linkId: 'stopped', type: 'boolean', text: 'Stopped' },
        { linkId: 'why', type: 'string', text: 'Why stopped', ...yes('stopped') },
        {
          linkId: 'doses',
          type: 'group',
          repeats: true,
          item: [{ linkId: 'dose', type: 'decimal', text: 'Dose' }],
        },
        { linkId: 'row', type: 'integer', text: 'Row', readOnly: true },
      ],
    },
    { linkId: 'amount', type: 'quantity', text: 'Amount', extension: units('mg', 'g') },
  ],
});

function units(...codes: readonly string[]): readonly object[] {
  const url = 'http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption';
  return codes.map((code) => ({ url, valueCoding: { system: 'urn:ucum', code, display: `${code}s` } }));
}

const answer = (linkId: string, ...answers: readonly object[]): ResponseItem => ({ linkId, answer: answers });

function merge(stored: readonly ResponseItem[], ...item: readonly unknown[]): MergeOutcome {
  return mergeAnswers(form, stored, { item });
}

function merged(outcome: MergeOutcome): readonly ResponseItem[] {
  expect(outcome).toMatchObject({ kind: 'merged' });
  return outcome.kind === 'merged' ? outcome.answers : [];
}

function rejected(outcome: MergeOutcome): readonly (readonly [string, AnswerRejection['code']])[] {
  expect(outcome.kind).not.toBe('merged');
  return outcome.kind === 'merged' ? [] : outcome.rejections.map(({ field, code }) => [field, code] as const);
}

const at = (path: string): string => `questionnaireResponse.items.${path}`;

describe('merging', () => {
  it('replaces mentioned linkIds, keeps the others and reports what changed', () => {
    const stored = [answer('urgent', { valueBoolean: false }), answer('count', { valueInteger: 1 })];
    const outcome = merge(
      stored,
      answer('count', { valueInteger: 2 }),
      answer('urgent', { valueBoolean: false }),
    );
    expect(outcome).toEqual({
      kind: 'merged',
      answers: [answer('urgent', { valueBoolean: false }), answer('count', { valueInteger: 2 })],
      cleared: [],
      changed: ['count'],
    });
  });

  it('clears by an empty answer list, and by an entry without one', () => {
    const stored = [answer('urgent', { valueBoolean: false }), answer('count', { valueInteger: 1 })];
    const outcome = merge(stored, answer('urgent'), { linkId: 'count' });
    expect(outcome).toEqual({ kind: 'merged', answers: [], cleared: [], changed: ['urgent', 'count'] });
  });

  it('takes flat and nested items, item and items, in any mixture', () => {
    const nested = {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      items: [
        {
          linkId: 'request',
          text: 'Request',
          item: [answer('urgent', { valueBoolean: true }), { linkId: 'about', text: 'About' }],
        },
        answer('reason', { valueString: 'Pain' }),
        { linkId: 'count', answer: [{ valueInteger: 1, item: [answer('unitless', { valueString: 'x' })] }] },
      ],
    };
    expect(merged(mergeAnswers(form, [], nested))).toEqual([
      answer('urgent', { valueBoolean: true }),
      answer('reason', { valueString: 'Pain' }),
      answer('count', { valueInteger: 1 }),
      answer('unitless', { valueString: 'x' }),
    ]);
    const beside = {
      linkId: 'count',
      answer: [{ valueInteger: 1 }],
      item: [answer('unitless', { valueString: 'x' })],
    };
    expect(merged(merge([], beside))).toHaveLength(2);
  });

  it('keeps everything when nothing is sent', () => {
    const stored = [answer('count', { valueInteger: 1 })];
    for (const nothing of [
      {},
      { item: [] },
      { resourceType: 'QuestionnaireResponse' },
      { item: [{ linkId: 'request' }] },
    ]) {
      expect(mergeAnswers(form, stored, nothing)).toEqual({
        kind: 'merged',
        answers: stored,
        cleared: [],
        changed: [],
      });
    }
  });

  it('writes equal content as equal JSON, whatever the order it came in', () => {
    const [one, two] = [
      answer('urgent', { valueBoolean: true }),
      answer('amount', { valueQuantity: { unit: 'mg', value: 1 } }),
    ];
    const left = merged(merge([], one, two));
    const right = merged(merge(merged(merge([], two)), one));
    expect(JSON.stringify(left)).toBe(JSON.stringify(right));
  });
});

describe('filling in', () => {
  it('spells a chosen option as the form does', () => {
    const stored = (valueCoding: object) =>
      merged(merge([], answer('kind', { valueCoding })))[0]?.answer?.[0]?.valueCoding;
    const known = { system: 'urn:s', version: '1', code: 'new', display: 'New' };
    expect(stored({ code: 'new' })).toEqual(known);
    expect(stored({ code: 'new', system: 'urn:s', display: 'Something else' })).toEqual(known);
    expect(stored({ code: 'old', system: 'urn:any' })).toEqual({ code: 'old', display: 'Old' });
    expect(stored({ code: 'new', system: 'urn:other' })).toEqual({ system: 'urn:other', code: 'new' });
    expect(stored({ code: 'none', display: 'None' })).toEqual({ code: 'none', display: 'None' });
  });

  it('guesses nothing when a bare code fits two options', () => {
    const answerOption = ['urn:a', 'urn:b'].map((system) => ({
      valueCoding: { system, code: 'x', display: system },
    }));
    const item = [{ linkId: 'q', type: 'choice', answerOption }];
    const twins = compileQuestionnaire({ resourceType: 'Questionnaire', item });
    const stored = (coding: object) =>
      merged(mergeAnswers(twins, [], { item: [answer('q', { valueCoding: coding })] }))[0]?.answer?.[0]
        ?.valueCoding;
    expect(stored({ code: 'x' })).toEqual({ code: 'x' });
    expect(stored({ system: 'urn:b', code: 'x' })).toEqual({ system: 'urn:b', code: 'x', display: 'urn:b' });
  });

  it('takes free text and every type of option for an open choice', () => {
    const values = [{ valueString: 'anything' }, { valueString: 'plain' }, { valueCoding: { code: 't1' } }];
    expect(merged(merge([], answer('tags', ...values)))[0]?.answer).toEqual([
      { valueString: 'anything' },
      { valueString: 'plain' },
      { valueCoding: { code: 't1', display: 'Tag' } },
    ]);
  });

  it('spells a unit as the form does', () => {
    const stored = (valueQuantity: object) =>
      merged(merge([], answer('amount', { valueQuantity })))[0]?.answer?.[0]?.valueQuantity;
    const milligrams = { value: 1, unit: 'mgs', system: 'urn:ucum', code: 'mg' };
    for (const unit of [
      { unit: 'mg' },
      { unit: 'mgs' },
      { code: 'mg' },
      { code: 'mg', system: 'urn:ucum' },
    ]) {
      expect(stored({ value: 1, ...unit })).toEqual(milligrams);
    }
    expect(stored({ value: 1 })).toEqual({ value: 1 });
    expect(stored({ value: 1, code: 'mg', system: 'urn:other' })).toEqual({
      value: 1,
      system: 'urn:other',
      code: 'mg',
    });
  });
});

describe('branches', () => {
  const stored = [answer('urgent', { valueBoolean: true }), answer('reason', { valueString: 'Pain' })];

  it('clears stored answers of a branch that closes', () => {
    expect(merge(stored, answer('urgent', { valueBoolean: false }))).toEqual({
      kind: 'merged',
      answers: [answer('urgent', { valueBoolean: false })],
      cleared: ['reason'],
      changed: ['urgent', 'reason'],
    });
  });

  it('refuses an answer to a disabled question, also beside the change that disables it', () => {
    const refused = [[at('reason'), 'not_enabled']];
    expect(rejected(merge([], answer('reason', { valueString: 'Pain' })))).toEqual(refused);
    const both = merge(
      stored,
      answer('urgent', { valueBoolean: false }),
      answer('reason', { valueString: 'Pain' }),
    );
    expect(both.kind).toBe('not_enabled');
    expect(rejected(both)).toEqual(refused);
  });

  it('lets a disabled question be cleared, and a question be answered together with what enables it', () => {
    expect(merged(merge([], answer('reason')))).toEqual([]);
    expect(
      merged(merge([], answer('reason', { valueString: 'Pain' }), answer('urgent', { valueBoolean: true }))),
    ).toHaveLength(2);
  });

  it('closes a chain of branches in one go', () => {
    const chain = compileQuestionnaire({
      resourceType: 'Questionnaire',
      item: [
        { linkId: 'c', type: 'boolean', ...yes('b') },
        { linkId: 'b', type: 'boolean', ...yes('a') },
        { linkId: 'a', type: 'boolean' },
        { linkId: 'd', type: 'boolean', ...yes('c') },
      ],
    });
    const all = ['c', 'b', 'a', 'd'].map((linkId) => answer(linkId, { valueBoolean: true }));
    expect(mergeAnswers(chain, all, { item: [answer('a')] })).toEqual({
      kind: 'merged',
      answers: [],
      cleared: ['c', 'b', 'd'],
      changed: ['c', 'b', 'a', 'd'],
    });
  });
});

describe('repeating groups', () => {
  const med = (...item: readonly ResponseItem[]): ResponseItem => ({ linkId: 'meds', item });
  const drug = (name: string): ResponseItem => answer('drug', { valueString: name });

  it('are replaced as one unit', () => {
    const stored = merged(merge([], med(drug('A')), med(drug('B'))));
    expect(stored).toEqual([med(drug('A')), med(drug('B'))]);
    const outcome = merge(stored, med(drug('A')));
    expect(merged(outcome)).toEqual([med(drug('A'))]);
    expect(outcome).toMatchObject({ changed: ['drug'], cleared: [] });
    expect(merge(stored, med(drug('A')), med(drug('B')))).toMatchObject({ changed: [] });
  });

  it('drop instances without an answer, so that one empty instance clears them', () => {
    const stored = [med(drug('A'))];
    for (const empty of [
      { linkId: 'meds' },
      { linkId: 'meds', item: [] },
      med(answer('drug')),
      med({ linkId: 'doses', item: [] }),
    ]) {
      expect(merge(stored, empty)).toEqual({ kind: 'merged', answers: [], cleared: [], changed: ['drug'] });
    }
    expect(merged(merge(stored, { linkId: 'meds' }, med(drug('B'))))).toEqual([med(drug('B'))]);
  });

  it('name the instance in a refusal', () => {
    const why = answer('why', { valueString: 'Rash' });
    const stopped = answer('stopped', { valueBoolean: true });
    expect(rejected(merge([], med(drug('A'), stopped, why), med(drug('B'), why)))).toEqual([
      [at('meds[1].why'), 'not_enabled'],
    ]);
    expect(rejected(merge([], med(drug('A')), med(answer('drug', { valueInteger: 1 }))))).toEqual([
      [at('meds[1].drug'), 'invalid_type'],
    ]);
    const dose = { linkId: 'doses', item: [answer('dose', { valueString: 'x' })] };
    expect(rejected(merge([], med(drug('A'), dose)))).toEqual([
      [at('meds[0].doses[0].dose'), 'invalid_type'],
    ]);
  });

  it('lose stored answers inside them when a branch closes from outside', () => {
    const outside = compileQuestionnaire({
      resourceType: 'Questionnaire',
      item: [
        { linkId: 'on', type: 'boolean' },
        {
          linkId: 'rows',
          type: 'group',
          repeats: true,
          item: [
            { linkId: 'a', type: 'string' },
            { linkId: 'b', type: 'string', ...yes('on') },
          ],
        },
      ],
    });
    const row = (...item: readonly ResponseItem[]): ResponseItem => ({ linkId: 'rows', item });
    const [a, b] = [answer('a', { valueString: 'x' }), answer('b', { valueString: 'y' })];
    const stored = [answer('on', { valueBoolean: true }), row(a, b), row(b)];
    expect(mergeAnswers(outside, stored, { item: [answer('on', { valueBoolean: false })] })).toEqual({
      kind: 'merged',
      answers: [answer('on', { valueBoolean: false }), row(a)],
      cleared: ['b'],
      changed: ['on', 'b'],
    });
  });

  it('report a change in an instance of an instance', () => {
    const dose = (valueDecimal: number): ResponseItem => ({
      linkId: 'doses',
      item: [answer('dose', { valueDecimal })],
    });
    const outcome = merge([med(drug('A'), dose(1), dose(2))], med(drug('A'), dose(1), dose(3)));
    expect(outcome).toMatchObject({ kind: 'merged', changed: ['dose'] });
  });

  it('keep their children below the answers of a repeating question', () => {
    const note = answer('tagnote', { valueString: 'see' });
    const tags = answer('tags', { valueString: 'x' }, { valueString: 'y', item: [note] });
    const stored = merged(merge([], tags));
    expect(stored).toEqual([tags]);
    expect(merge(stored, answer('tags', { valueString: 'x' }, { valueString: 'y' }))).toMatchObject({
      changed: ['tagnote'],
    });
  });
});

describe('read-only items', () => {
  const stored = [
    answer('fixed', { valueString: 'x' }),
    { linkId: 'meds', item: [answer('drug', { valueString: 'A' }), answer('row', { valueInteger: 1 })] },
  ];

  it('take back the answer they have and no other', () => {
    expect(merged(merge(stored, answer('fixed', { valueString: 'x' })))).toEqual(stored);
    expect(rejected(merge(stored, answer('fixed', { valueString: 'y' })))).toEqual([
      [at('fixed'), 'immutable_field'],
    ]);
    expect(rejected(merge(stored, answer('fixed')))).toEqual([[at('fixed'), 'immutable_field']]);
    expect(rejected(merge([], answer('fixed', { valueString: 'y' })))).toEqual([
      [at('fixed'), 'immutable_field'],
    ]);
    expect(merged(merge([], answer('fixed')))).toEqual([]);
  });

  it('are carried over inside an instance at the same place', () => {
    const renamed = { linkId: 'meds', item: [answer('drug', { valueString: 'B' })] };
    expect(merged(merge(stored, renamed))[1]).toEqual({
      linkId: 'meds',
      item: [answer('drug', { valueString: 'B' }), answer('row', { valueInteger: 1 })],
    });
    const changed = { linkId: 'meds', item: [answer('row', { valueInteger: 2 })] };
    expect(rejected(merge(stored, changed))).toEqual([[at('meds[0].row'), 'immutable_field']]);
  });

  it('are carried over below an answer only while that answer stays', () => {
    const child = { linkId: 'child', type: 'string', readOnly: true };
    const item = [{ linkId: 'q', type: 'integer', repeats: true, item: [child] }];
    const below = compileQuestionnaire({ resourceType: 'Questionnaire', item });
    const stored = [
      answer('q', { valueInteger: 1, item: [answer('child', { valueString: 'x' })] }, { valueInteger: 2 }),
    ];
    const kept = mergeAnswers(below, stored, { item: [answer('q', { valueInteger: 1 })] });
    expect(merged(kept)).toEqual([
      answer('q', { valueInteger: 1, item: [answer('child', { valueString: 'x' })] }),
    ]);
    const replaced = mergeAnswers(below, stored, { item: [answer('q', { valueInteger: 3 })] });
    expect(merged(replaced)).toEqual([answer('q', { valueInteger: 3 })]);
  });

  it('may be groups, whose instances can then neither change nor go', () => {
    const item = [
      { linkId: 'g', type: 'group', readOnly: true, repeats: true, item: [{ linkId: 'q', type: 'string' }] },
    ];
    const closed = compileQuestionnaire({ resourceType: 'Questionnaire', item });
    const instance = (name: string): ResponseItem => ({
      linkId: 'g',
      item: [answer('q', { valueString: name })],
    });
    const stored = [instance('A'), instance('B')];
    expect(merged(mergeAnswers(closed, stored, { item: stored }))).toEqual(stored);
    for (const sent of [[instance('A')], [{ linkId: 'g' }], [instance('A'), instance('C')]]) {
      expect(rejected(mergeAnswers(closed, stored, { item: sent }))).toEqual([[at('g'), 'immutable_field']]);
    }
  });

  it('may be hidden instead and stay writable', () => {
    const url = 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden';
    const hidden = compileQuestionnaire({
      resourceType: 'Questionnaire',
      item: [{ linkId: 'q', type: 'string', extension: [{ url, valueBoolean: true }] }],
    });
    expect(mergeAnswers(hidden, [], { item: [answer('q', { valueString: 'x' })] })).toMatchObject({
      kind: 'merged',
      changed: ['q'],
    });
  });
});

describe('refusing', () => {
  it.each<[string, unknown, string, string]>([
    ['no object', null, 'questionnaireResponse', 'invalid_type'],
    ['a list', [], 'questionnaireResponse', 'invalid_type'],
    ['another resource', { resourceType: 'Patient' }, 'questionnaireResponse.resourceType', 'invalid_type'],
    ['both spellings', { item: [], items: [] }, 'questionnaireResponse', 'invalid_type'],
    ['a map of items', { items: {} }, 'questionnaireResponse.items', 'invalid_type'],
    ['answers by linkId', { urgent: true }, 'questionnaireResponse.urgent', 'invalid_type'],
    ['a null item', { item: [null] }, 'questionnaireResponse.item[0]', 'invalid_type'],
    [
      'an item without linkId',
      { item: [{ linkId: 'request', item: [{ answer: [] }] }] },
      'questionnaireResponse.item[0].item[0]',
      'invalid_type',
    ],
    ['an unknown linkId', { item: [answer('none')] }, at('none'), 'unknown_link_id'],
    [
      'a prototype name',
      { item: [answer('__proto__'), answer('constructor')] },
      at('__proto__'),
      'unknown_link_id',
    ],
    ['a misplaced linkId', { item: [answer('drug', { valueString: 'x' })] }, at('drug'), 'unknown_link_id'],
    [
      'a root item in an instance',
      { item: [{ linkId: 'meds', item: [answer('count')] }] },
      at('meds[0].count'),
      'unknown_link_id',
    ],
    [
      'one linkId twice',
      { item: [answer('count'), { linkId: 'request', item: [] }, answer('count')] },
      at('count'),
      'duplicate_link_id',
    ],
    [
      'a group twice',
      { item: [{ linkId: 'request' }, { linkId: 'request' }] },
      at('request'),
      'duplicate_link_id',
    ],
    [
      'an answer to a group',
      { item: [answer('request', { valueString: 'x' })] },
      at('request'),
      'invalid_type',
    ],
    [
      'an answer to a display',
      { item: [answer('about', { valueString: 'x' })] },
      at('about'),
      'invalid_type',
    ],
    [
      'an answer that is no list',
      { item: [{ linkId: 'count', answer: { valueInteger: 1 } }] },
      at('count'),
      'invalid_type',
    ],
    ['a null answer', { item: [{ linkId: 'count', answer: null }] }, at('count'), 'invalid_type'],
    ['a null in the answers', { item: [{ linkId: 'count', answer: [null] }] }, at('count'), 'invalid_type'],
    ['an answer without a value', { item: [{ linkId: 'count', answer: [{}] }] }, at('count'), 'invalid_type'],
    [
      'two values',
      { item: [answer('count', { valueInteger: 1, valueString: 'x' })] },
      at('count'),
      'invalid_type',
    ],
    ['another type', { item: [answer('count', { valueString: '1' })] }, at('count'), 'invalid_type'],
    [
      'a value beside the answer',
      { item: [{ linkId: 'count', valueInteger: 1 }] },
      `${at('count')}.valueInteger`,
      'invalid_type',
    ],
    ['a misspelt value', { item: [answer('count', { value: 1 })] }, at('count'), 'invalid_type'],
    [
      'a fraction for an integer',
      { item: [answer('count', { valueInteger: 1.5 })] },
      at('count'),
      'invalid_type',
    ],
    [
      'two answers to one question',
      { item: [answer('count', { valueInteger: 1 }, { valueInteger: 2 })] },
      at('count'),
      'too_big',
    ],
    [
      'items beside repeated answers',
      { item: [{ linkId: 'tags', answer: [], item: [] }] },
      at('tags'),
      'invalid_type',
    ],
    [
      'a modifier',
      { item: [{ linkId: 'count', modifierExtension: [] }] },
      `${at('count')}.modifierExtension`,
      'invalid_type',
    ],
  ])('takes no response with %s', (_, response, field, code) => {
    const outcome = mergeAnswers(form, [], response);
    expect(outcome.kind).toBe('invalid');
    expect(rejected(outcome)[0]).toEqual([field, code]);
  });

  it('tolerates what FHIR allows beside the answers', () => {
    const response = {
      resourceType: 'QuestionnaireResponse',
      id: 'r1',
      meta: {},
      questionnaire: 'urn:form',
      subject: {},
      authored: '2026-03-13',
      text: {},
      _status: {},
      item: [
        {
          linkId: 'count',
          id: 'i',
          text: 'Count',
          definition: 'urn:d',
          extension: [],
          _linkId: {},
          answer: [{ valueInteger: 1, id: 'a', extension: [] }],
        },
      ],
    };
    expect(merged(mergeAnswers(form, [], response))).toEqual([answer('count', { valueInteger: 1 })]);
  });

  it('says what is wrong without repeating the answer', () => {
    const outcome = merge(
      [],
      answer('count', { valueString: 'Jane Doe' }),
      answer('urgent', { valueBoolean: 'Jane Doe' }),
    );
    expect(JSON.stringify(outcome)).not.toContain('Jane');
    expect(rejected(outcome)).toHaveLength(2);
  });

  it('names at most a hundred faults', () => {
    expect(rejected(merge([], ...Array.from({ length: 1_000 }, () => null)))).toHaveLength(100);
  });

  it('survives responses nested without end', () => {
    let deep: object = { linkId: 'request' };
    for (let depth = 0; depth < 100_000; depth += 1) deep = { linkId: 'request', item: [deep] };
    expect(merge([], deep).kind).toBe('invalid');
    let rows: object = { linkId: 'meds' };
    for (let depth = 0; depth < 100_000; depth += 1) rows = { linkId: 'meds', item: [rows] };
    expect(merge([], rows).kind).toBe('invalid');
  });
});
