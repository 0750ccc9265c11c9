import { expect, test } from 'vitest';
import { compileQuestionnaire } from '../questionnaire/compile-questionnaire.ts';
import type { Questionnaire, QuestionnaireItem } from '../questionnaire/types.ts';
import { loadCatalog } from './load-catalog.ts';
import { selfContainedQuestionnaire } from './self-contained-questionnaire.ts';
import { shippedCatalogDirectory } from './shipped-catalog.ts';

test('every choice of every shipped template can be learned from the questionnaire alone', async () => {
  const { templates } = await loadCatalog([shippedCatalogDirectory]);
  for (const { files, questionnaire } of templates) {
    const alone = compileQuestionnaire(selfContainedQuestionnaire(files), []);
    const optionsOf = (compiled: typeof alone) =>
      compiled.questionsInOrder.map(({ linkId, options }) => [linkId, options?.list]);
    expect(optionsOf(alone)).toEqual(optionsOf(questionnaire));
  }
  expect(
    templates.some(({ files }) => listSets(files.questionnaire).some((set) => !set.startsWith('#'))),
  ).toBe(true);
});

test('a questionnaire that leans on no other file is handed out as it is', () => {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    item: [{ linkId: 'a', type: 'string' }],
  };
  // The definition is not looked at.
  const files = { questionnaire, valueSets: [] } as unknown as Parameters<
    typeof selfContainedQuestionnaire
  >[0];
  expect(selfContainedQuestionnaire(files)).toBe(questionnaire);
});

function listSets({ item = [] }: Pick<QuestionnaireItem | Questionnaire, 'item'>): readonly string[] {
  return item.flatMap((child) => [
    ...(child.answerValueSet === undefined ? [] : [child.answerValueSet]),
    ...listSets(child),
  ]);
}
