import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { CatalogProblem } from './catalog-problem.ts';
import type { ExampleCase } from './example-case.ts';
import { checkExampleCaseFile } from './example-case-schema.ts';
import { type Catalog, type LoadedTemplate, readCatalog } from './load-catalog.ts';
import { parseJson } from './parse-json.ts';
import { runExampleCase } from './run-example-case.ts';

export interface CatalogLint {
  /** Empty when `loadCatalog` takes the directories and every example comes out as it says. */
  readonly problems: readonly CatalogProblem[];
  /** What works and may not have been meant, such as a condition that can never hold. */
  readonly notices: readonly CatalogProblem[];
}

/** Judges the catalog directories. Templates with problems of their own do not run their examples and have no notices. */
export async function lintCatalog(directories: readonly string[]): Promise<CatalogLint> {
  const { catalog, loaded, problems } = await readCatalog(directories);
  const found = [...problems];
  for (const one of loaded) {
    if (problems.some(({ file }) => file.startsWith(one.entry.folder + sep))) continue;
    for (const file of one.entry.caseFiles) found.push(...(await lintExample(catalog, one, file)));
  }
  return { problems: found, notices: loaded.flatMap(listNotices) };
}

function listNotices({ entry, template }: LoadedTemplate): readonly CatalogProblem[] {
  const file = join(entry.folder, 'questionnaire.json');
  return template.questionnaire.notices.map((notice) => ({ file, ...notice }));
}

async function lintExample(
  catalog: Catalog,
  loaded: LoadedTemplate,
  file: string,
): Promise<readonly CatalogProblem[]> {
  const outcome = parseExample(await readFile(file, 'utf8'), file);
  if (outcome.kind === 'invalid') return outcome.problems;
  const { example } = outcome;
  const problems = runExampleCase(loaded.template, example).map((problem) => ({ file, ...problem }));
  const { coverage, service } = example.case;
  const { payerId, planType, insuranceState } = coverage;
  const matched = catalog.match({
    payerId,
    planType,
    insuranceState,
    serviceCode: service.code,
    codeSystem: service.codeSystem,
  });
  if (matched === loaded.template) return problems;
  const message = `The case is matched to ${matched === undefined ? 'no template' : `"${matched.definition.id}"`}.`;
  return [
    ...problems,
    { file, path: 'case', message, mend: 'Give it the coverage and service this template is for.' },
  ];
}

export type ExampleOutcome =
  | { readonly kind: 'example'; readonly example: ExampleCase }
  | { readonly kind: 'invalid'; readonly problems: readonly CatalogProblem[] };

export function parseExample(text: string, file: string): ExampleOutcome {
  const json = parseJson(text, file);
  if (json.kind === 'invalid') return json;
  const { value } = json;
  const problems = checkExampleCaseFile(value, file);
  // The schema has just accepted it.
  return problems.length > 0
    ? { kind: 'invalid', problems }
    : { kind: 'example', example: value as ExampleCase };
}
