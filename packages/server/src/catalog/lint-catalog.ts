import { readFile } from 'node:fs/promises';
import { sep } from 'node:path';
import type { CatalogProblem } from './catalog-problem.ts';
import type { ExampleCase } from './example-case.ts';
import { checkExampleCaseFile } from './example-case-schema.ts';
import { type Catalog, type LoadedTemplate, readCatalog } from './load-catalog.ts';
import { parseJson } from './parse-json.ts';
import { runExampleCase } from './run-example-case.ts';

/**
 * Everything wrong with the catalog directories, example cases included; empty when `loadCatalog` would take them and
 * every example comes out as it says. Templates with problems of their own do not run their examples.
 */
export async function lintCatalog(directories: readonly string[]): Promise<readonly CatalogProblem[]> {
  const { catalog, loaded, problems } = await readCatalog(directories);
  const all = [...problems];
  for (const one of loaded) {
    if (problems.some(({ file }) => file.startsWith(one.entry.folder + sep))) continue;
    for (const file of one.entry.caseFiles) all.push(...(await lintExample(catalog, one, file)));
  }
  return all;
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
