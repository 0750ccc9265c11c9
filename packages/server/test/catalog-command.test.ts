import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  soundPayer,
  soundQuestionnaire,
  soundTemplate,
  writeCatalog,
} from '../src/catalog/catalog-for-tests.ts';
import { runCommand } from './support/api/server-process.ts';

/** Sound beside the shipped catalog, but for a question that opens on an option that does not exist. */
const ownFolder = 'templates/own/adakveo';
const [start, drug, reason] = soundQuestionnaire().item;
const enableWhen = [{ question: 'drug', operator: '=', answerCoding: { code: 'c' } }];
const contents = {
  'payers.json': {
    payers: [{ ...soundPayer(), id: 'payer_own', slug: 'own', displayName: 'Own', aliases: [] }],
  },
  [`${ownFolder}/template.json`]: {
    ...soundTemplate(),
    match: { ...soundTemplate().match, payerId: 'payer_own' },
  },
  [`${ownFolder}/questionnaire.json`]: {
    ...soundQuestionnaire(),
    item: [start, drug, { ...reason, enableWhen }],
  },
};

let catalog: Awaited<ReturnType<typeof writeCatalog>>;
beforeAll(async () => {
  catalog = await writeCatalog(contents);
});
afterAll(() => catalog.remove());

const lint = (...words: readonly string[]) => runCommand({ settings: {} }, ['catalog', 'lint', ...words]);

test('catalog lint prints a notice and is content, unless it is told to be strict', async () => {
  const output = [
    `notice: ${join(catalog.directory, ownFolder, 'questionnaire.json')} at item[2].enableWhen[0]: "drug" has no option equal to this value. Compare with one of its options.`,
    'The catalog has no problems and 1 notice(s).',
    '',
  ].join('\n');
  expect(await lint(catalog.directory)).toEqual({ code: 0, output });
  expect(await lint('--strict', catalog.directory)).toEqual({ code: 1, output });
});

test('catalog lint is content with the shipped catalog, however strict it is', async () => {
  expect(await lint('--strict')).toEqual({ code: 0, output: 'The catalog has no problems.\n' });
});
