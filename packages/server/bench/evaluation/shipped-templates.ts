import { readFile } from 'node:fs/promises';
import type { ExampleCase } from '../../src/catalog/example-case.ts';
import { readCatalog } from '../../src/catalog/load-catalog.ts';
import { shippedCatalogDirectory } from '../../src/catalog/shipped-catalog.ts';
import type { CompiledQuestionnaire } from '../../src/questionnaire/compiled-questionnaire.ts';
import { mergeAnswers } from '../../src/questionnaire/merge-answers.ts';
import type { ResponseItem } from '../../src/questionnaire/types.ts';
import type { CaseData } from '../../src/requirements/case-data.ts';
import type { EvaluableTemplate } from '../../src/requirements/evaluate.ts';

export interface ShippedTemplate {
  readonly id: string;
  readonly itemCount: number;
  readonly template: EvaluableTemplate;
  /** Its example cases with their answers merged, as a stored case has them. */
  readonly cases: readonly { readonly data: CaseData; readonly answers: readonly ResponseItem[] }[];
}

/** The templates that come with the server, compiled, with the cases their folders hold. */
export async function readShippedTemplates(): Promise<readonly ShippedTemplate[]> {
  const { loaded } = await readCatalog([shippedCatalogDirectory]);
  return Promise.all(
    loaded.map(async ({ entry, template }) => ({
      id: template.definition.id,
      itemCount: template.questionnaire.itemsInOrder.length,
      template,
      cases: await Promise.all(entry.caseFiles.map((file) => readCase(file, template.questionnaire))),
    })),
  );
}

async function readCase(file: string, questionnaire: CompiledQuestionnaire) {
  // The catalog's lint checks these files against their schema.
  const example = JSON.parse(await readFile(file, 'utf8')) as ExampleCase;
  const steps: readonly unknown[] = [example.answers ?? []].flat();
  let answers: readonly ResponseItem[] = [];
  for (const step of steps) {
    const outcome = mergeAnswers(questionnaire, answers, step);
    // Some examples are about a refusal: what they sent then is not stored.
    if (outcome.kind === 'merged') answers = outcome.answers;
  }
  return { data: example.case, answers };
}
