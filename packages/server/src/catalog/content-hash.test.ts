import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, hashTemplate } from './content-hash.ts';
import type { TemplateFiles } from './template.ts';

const files: TemplateFiles = {
  definition: {
    id: 'a',
    version: '1',
    title: 'A',
    match: {
      payerId: 'payer_a',
      planTypes: ['*'],
      states: ['*'],
      service: { codeSystem: 'cpt', codes: ['96413'] },
    },
    sources: [{ title: 'Written for this project' }],
  },
  questionnaire: { resourceType: 'Questionnaire', url: 'https://example.org/q', item: [] },
  valueSets: [],
};

describe('canonicalJson', () => {
  test('means the same as the value it came from', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}');
  });
});

describe('hashTemplate', () => {
  test('is the same for the same content in another layout', () => {
    const { definition, ...rest } = files;
    const reordered = { ...rest, definition: Object.fromEntries(Object.entries(definition).reverse()) };
    // Reversing the keys keeps the type.
    expect(hashTemplate(reordered as unknown as TemplateFiles)).toBe(hashTemplate(files));
  });

  test('changes with any part', () => {
    const variants: TemplateFiles[] = [
      files,
      { ...files, definition: { ...files.definition, version: '2' } },
      { ...files, questionnaire: { ...files.questionnaire, title: 'B' } },
      { ...files, valueSets: [{ resourceType: 'ValueSet' }] },
      { ...files, form: new Uint8Array([1]) },
      { ...files, form: new Uint8Array([2]) },
    ];
    expect(new Set(variants.map(hashTemplate)).size).toBe(variants.length);
  });
});
