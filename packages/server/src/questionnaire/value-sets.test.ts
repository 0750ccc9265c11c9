import { describe, expect, it } from 'vitest';
import { compileQuestionnaire, lintQuestionnaire } from './compile-questionnaire.ts';
import type { ValueSet } from './types.ts';

function formOf(answerValueSet: string, contained: readonly unknown[] = []): unknown {
  return {
    resourceType: 'Questionnaire',
    contained,
    item: [{ linkId: 'q', type: 'choice', answerValueSet }],
  };
}

function labelsOf(form: unknown, valueSets: readonly ValueSet[] = []): readonly string[] | undefined {
  const { options } = compileQuestionnaire(form, valueSets).itemByLinkId.get('q') ?? {};
  return options?.list.map(({ label }) => label);
}

const yesNo: ValueSet = {
  resourceType: 'ValueSet',
  id: 'yes-no',
  url: 'urn:yes-no',
  version: '1',
  compose: {
    include: [
      {
        system: 'urn:s',
        concept: [
          { code: 'y', display: 'Yes' },
          { code: 'n', display: 'No' },
        ],
      },
    ],
  },
};

describe('value sets', () => {
  it('are found contained by id, and packed by url or url and version', () => {
    expect(labelsOf(formOf('#yes-no', [yesNo]))).toEqual(['Yes', 'No']);
    expect(labelsOf(formOf('urn:yes-no'), [yesNo])).toEqual(['Yes', 'No']);
    expect(labelsOf(formOf('urn:yes-no|1'), [yesNo, { ...yesNo, version: '2' }])).toEqual(['Yes', 'No']);
  });

  it('list the expansion without abstract and inactive entries, nested ones included', () => {
    const set: ValueSet = {
      resourceType: 'ValueSet',
      id: 's',
      // `inactive` is FHIR, but nothing else here reads it.
      expansion: {
        contains: [
          {
            system: 'urn:s',
            code: 'top',
            abstract: true,
            contains: [{ system: 'urn:s', code: 'leaf', display: 'Leaf' }],
          },
          { system: 'urn:s', code: 'old', inactive: true } as never,
          { system: 'urn:s', code: 'leaf', display: 'Twice' },
        ],
      },
      compose: { include: [{ system: 'urn:s', filter: [] }] },
    };
    expect(labelsOf(formOf('#s', [set]))).toEqual(['Leaf']);
  });

  it('combine includes, exclude and other value sets', () => {
    const set: ValueSet = {
      resourceType: 'ValueSet',
      id: 's',
      compose: {
        include: [
          { valueSet: ['urn:yes-no'] },
          {
            system: 'urn:s',
            concept: [
              { code: 'm', display: 'Maybe' },
              { code: 'y', display: 'Twice' },
            ],
          },
        ],
        exclude: [{ system: 'urn:s', concept: [{ code: 'n' }] }],
      },
    };
    expect(labelsOf(formOf('#s', [set]), [yesNo])).toEqual(['Yes', 'Maybe']);
    const both = { system: 'urn:s', concept: [{ code: 'n' }, { code: 'm' }], valueSet: ['urn:yes-no'] };
    expect(labelsOf(formOf('#s', [{ ...set, compose: { include: [both] } }]), [yesNo])).toEqual(['n']);
  });

  it.each([
    ['an id that is not contained', '#none', {}, 'is not contained'],
    ['a url that is not packed', 'urn:none', {}, 'is not packed'],
    ['a version that is not packed', 'urn:s|2', { url: 'urn:s', version: '1' }, 'is not packed'],
    ['no content', '#s', {}, 'has neither expansion nor compose'],
    ['no codes', '#s', { expansion: { contains: [] } }, 'has no codes'],
    ['a filter', '#s', { compose: { include: [{ system: 'urn:s', filter: [{}] }] } }, 'composed by a filter'],
    [
      'a whole code system',
      '#s',
      { compose: { include: [{ system: 'urn:s' }] } },
      'includes a whole code system',
    ],
    [
      'a concept without code',
      '#s',
      { compose: { include: [{ system: 'urn:s', concept: [{}] }] } },
      'without a code',
    ],
    ['a malformed include', '#s', { compose: { include: [5] } }, 'malformed compose'],
    ['a malformed expansion', '#s', { expansion: { contains: [5] } }, 'malformed expansion'],
    ['a code that is no text', '#s', { expansion: { contains: [{ code: 5 }] } }, 'without a code'],
    ['itself', '#s', { compose: { include: [{ valueSet: ['#s'] }] } }, 'includes itself'],
    ['an unknown set', '#s', { compose: { include: [{ valueSet: ['urn:none'] }] } }, 'which is not packed'],
  ])('with %s are refused', (_, canonical, set, problem) => {
    const contained = [{ resourceType: 'ValueSet', id: 's', ...set }];
    const problems = lintQuestionnaire(formOf(canonical, contained));
    expect(problems).toMatchObject([{ path: 'item[0].answerValueSet' }]);
    expect(problems[0]?.message).toContain(problem);
  });

  it('of one url twice must be told apart by version', () => {
    const problems = lintQuestionnaire(formOf('urn:yes-no'), [yesNo, { ...yesNo, version: '2' }]);
    expect(problems[0]?.message).toContain('packed more than once');
  });
});
