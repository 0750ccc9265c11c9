import { describe, expect, it } from 'vitest';
import { compileQuestionnaire } from './compile-questionnaire.ts';
import { initialAnswers } from './initial-answers.ts';
import type { ResponseItem } from './types.ts';

function initialOf(...item: readonly object[]): readonly ResponseItem[] {
  return initialAnswers(compileQuestionnaire({ resourceType: 'Questionnaire', item }));
}

const asks = (question: string): object => ({
  enableWhen: [{ question, operator: '=', answerBoolean: true }],
});
const initial = (valueBoolean: boolean): object => ({ initial: [{ valueBoolean }] });

describe('initial answers', () => {
  it('come from initial values and selected options, in the order of the form', () => {
    const form = [
      {
        linkId: 'many',
        type: 'string',
        repeats: true,
        initial: [{ valueString: 'x' }, { valueString: 'y' }],
      },
      { linkId: 'none', type: 'string' },
      {
        linkId: 'pick',
        type: 'choice',
        answerOption: [
          { valueCoding: { code: 'a' } },
          { valueCoding: { code: 'b', display: 'B' }, initialSelected: true },
        ],
      },
    ];
    expect(initialOf(...form)).toEqual([
      { linkId: 'many', answer: [{ valueString: 'x' }, { valueString: 'y' }] },
      { linkId: 'pick', answer: [{ valueCoding: { code: 'b', display: 'B' } }] },
    ]);
  });

  it('are spelt as the options of a value set', () => {
    const contained = [
      {
        resourceType: 'ValueSet',
        id: 's',
        expansion: { contains: [{ system: 'urn:s', code: 'a', display: 'A' }] },
      },
    ];
    const item = [
      { linkId: 'q', type: 'choice', answerValueSet: '#s', initial: [{ valueCoding: { code: 'a' } }] },
    ];
    expect(initialAnswers(compileQuestionnaire({ resourceType: 'Questionnaire', contained, item }))).toEqual([
      { linkId: 'q', answer: [{ valueCoding: { system: 'urn:s', code: 'a', display: 'A' } }] },
    ]);
  });

  it('are given only to what they leave enabled', () => {
    const form = [
      { linkId: 'c', type: 'boolean', ...initial(true), ...asks('b') },
      { linkId: 'b', type: 'boolean', ...initial(true), ...asks('a') },
    ];
    expect(initialOf({ linkId: 'a', type: 'boolean', ...initial(false) }, ...form)).toEqual([
      { linkId: 'a', answer: [{ valueBoolean: false }] },
    ]);
    expect(initialOf({ linkId: 'a', type: 'boolean', ...initial(true) }, ...form)).toHaveLength(3);
  });

  it('open the first instance of a repeating group that must have one', () => {
    const row = (required: boolean): object => ({
      linkId: 'rows',
      type: 'group',
      repeats: true,
      required,
      item: [{ linkId: 'q', type: 'boolean', ...initial(true) }],
    });
    expect(initialOf(row(true))).toEqual([
      { linkId: 'rows', item: [{ linkId: 'q', answer: [{ valueBoolean: true }] }] },
    ]);
    expect(initialOf(row(false))).toEqual([]);
  });

  it('reach the children of each initial answer', () => {
    const form = {
      linkId: 'q',
      type: 'integer',
      repeats: true,
      initial: [{ valueInteger: 1 }, { valueInteger: 2 }],
      item: [{ linkId: 'child', type: 'boolean', ...initial(false) }],
    };
    const item = [{ linkId: 'child', answer: [{ valueBoolean: false }] }];
    expect(initialOf(form)).toEqual([
      {
        linkId: 'q',
        answer: [
          { valueInteger: 1, item },
          { valueInteger: 2, item },
        ],
      },
    ]);
  });

  it('leave a quantity that names only a unit unanswered', () => {
    expect(
      initialOf({ linkId: 'q', type: 'quantity', initial: [{ valueQuantity: { unit: 'mg' } }] }),
    ).toEqual([]);
  });
});
