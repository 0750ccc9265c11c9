import { describe, expect, it } from 'vitest';
import type { QuestionnaireItem, ResponseItem } from '../../questionnaire/types.ts';
import { makeFormRequest } from '../test-support/make-requests.ts';
import { readAnswers } from './build-form-view.ts';
import type { FormBlock } from './form-view.ts';
import { listQuestionBlocks } from './question-blocks.ts';

function blocksFor(
  items: readonly QuestionnaireItem[],
  answers: readonly ResponseItem[] = [],
): readonly FormBlock[] {
  const { questionnaire, tree } = readAnswers(makeFormRequest({ items, answers }));
  return listQuestionBlocks(questionnaire, tree);
}

const options = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    valueCoding: { code: `c${index}`, display: `Option ${index}` },
  }));

describe('listQuestionBlocks', () => {
  it('draws up to eight options and marks the chosen one, by code alone', () => {
    const items = [{ linkId: 'a', text: 'A', type: 'choice', answerOption: options(8) }];
    const [block] = blocksFor(items, [{ linkId: 'a', answer: [{ valueCoding: { code: 'c3' } }] }]);
    const answer = block?.kind === 'question' && block.answer.kind === 'options' ? block.answer.options : [];
    expect(answer).toHaveLength(8);
    expect(answer.filter(({ checked }) => checked)).toEqual([{ label: 'Option 3', checked: true }]);
  });

  it('shows only the chosen ones of more than eight options', () => {
    const items = [{ linkId: 'a', text: 'A', type: 'choice', repeats: true, answerOption: options(9) }];
    const answers = [
      { linkId: 'a', answer: [{ valueCoding: { code: 'c8' } }, { valueCoding: { code: 'c1' } }] },
    ];
    expect(blocksFor(items, answers)).toMatchObject([
      { answer: { kind: 'options', options: [{ label: 'Option 1' }, { label: 'Option 8' }] } },
    ]);
    expect(blocksFor(items)).toMatchObject([{ answer: { kind: 'empty' } }]);
  });

  it('adds a checked box for an answer typed beside the options', () => {
    const items = [{ linkId: 'a', text: 'A', type: 'open-choice', answerOption: options(2) }];
    const [block] = blocksFor(items, [{ linkId: 'a', answer: [{ valueString: 'something else' }] }]);
    expect(block).toMatchObject({
      answer: {
        options: [{ checked: false }, { checked: false }, { label: 'Other: something else', checked: true }],
      },
    });
  });

  it('leaves both boxes of an unanswered yes-no question open', () => {
    expect(blocksFor([{ linkId: 'a', text: 'A', type: 'boolean' }])).toMatchObject([
      {
        answer: {
          options: [
            { label: 'Yes', checked: false },
            { label: 'No', checked: false },
          ],
        },
      },
    ]);
  });

  it('leaves out disabled and hidden items and headings over nothing', () => {
    const hidden = {
      url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden',
      valueBoolean: true,
    };
    const blocks = blocksFor([
      { linkId: 'q', text: 'Shown', type: 'boolean' },
      {
        linkId: 'd',
        text: 'Disabled',
        type: 'string',
        enableWhen: [{ question: 'q', operator: '=', answerBoolean: true }],
      },
      { linkId: 'h', text: 'Hidden', type: 'string', extension: [hidden] },
      {
        linkId: 'g',
        text: 'Empty group',
        type: 'group',
        item: [{ linkId: 'h2', text: 'x', type: 'string', extension: [hidden] }],
      },
    ]);
    expect(blocks.map(({ text }) => text)).toEqual(['Shown']);
  });

  it('numbers the instances of a repeating group', () => {
    const items = [
      {
        linkId: 'g',
        text: 'Drug',
        type: 'group',
        repeats: true,
        item: [{ linkId: 'n', text: 'Name', type: 'string' }],
      },
    ];
    const answers = ['one', 'two'].map((valueString) => ({
      linkId: 'g',
      item: [{ linkId: 'n', answer: [{ valueString }] }],
    }));
    expect(blocksFor(items, answers).map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'section Drug',
      'instance Drug 1 of 2',
      'question Name',
      'instance Drug 2 of 2',
      'question Name',
    ]);
  });

  it('puts the children of a repeating question under the answer they belong to', () => {
    const items = [
      {
        linkId: 'd',
        text: 'Drug',
        type: 'string',
        repeats: true,
        item: [{ linkId: 'y', text: 'Year', type: 'integer' }],
      },
    ];
    const answers = [
      {
        linkId: 'd',
        answer: [
          { valueString: 'A', item: [{ linkId: 'y', answer: [{ valueInteger: 2020 }] }] },
          { valueString: 'B', item: [{ linkId: 'y', answer: [{ valueInteger: 2021 }] }] },
        ],
      },
    ];
    const blocks = blocksFor(items, answers);
    expect(blocks.map(({ text }) => text)).toEqual(['Drug', 'A', 'Year', 'B', 'Year']);
    expect(blocks[4]).toMatchObject({ answer: { lines: ['2021'] } });
  });

  it('indents nested questions and shows displays as notes', () => {
    const blocks = blocksFor([
      {
        linkId: 'g',
        text: 'Group',
        type: 'group',
        item: [
          { linkId: 'n', text: 'Read this', type: 'display' },
          {
            linkId: 'q',
            prefix: '1.',
            text: 'Outer',
            type: 'string',
            item: [{ linkId: 'i', text: 'Inner', type: 'string' }],
          },
        ],
      },
    ]);
    expect(blocks.map(({ kind, depth, text }) => [kind, depth, text])).toEqual([
      ['section', 0, 'Group'],
      ['note', 1, 'Read this'],
      ['question', 1, '1. Outer'],
      ['question', 2, 'Inner'],
    ]);
  });
});
