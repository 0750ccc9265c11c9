import { describe, expect, test } from 'vitest';
import { hashTemplate } from './content-hash.ts';
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
