import { join } from 'node:path';
import { compileQuestionnaire } from '../questionnaire/compile-questionnaire.ts';
import type { CompiledQuestionnaire } from '../questionnaire/compiled-questionnaire.ts';
import { QuestionnaireDefinitionError } from '../questionnaire/definition-problems.ts';
import type { DefinitionProblem } from '../questionnaire/types.ts';
import { type CompiledRequirements, compileRequirements } from '../requirements/compile-requirements.ts';
import { CatalogError, type CatalogProblem } from './catalog-problem.ts';
import { hashTemplate } from './content-hash.ts';
import { checkFieldMap } from './field-map-check.ts';
import type { TemplateDefinition, TemplateFiles } from './template.ts';

/** A template ready to be used: immutable and safe to share between requests. `evaluate` takes it as it is. */
export interface CompiledTemplate {
  readonly definition: TemplateDefinition;
  readonly files: TemplateFiles;
  readonly questionnaire: CompiledQuestionnaire;
  readonly requirements: CompiledRequirements;
  /** Hex SHA-256, see `hashTemplate`. */
  readonly contentHash: string;
}

export type TemplateOutcome =
  | { readonly kind: 'compiled'; readonly template: CompiledTemplate }
  | { readonly kind: 'invalid'; readonly problems: readonly CatalogProblem[] };

/**
 * Compiles the kept copy of a template that cases pin. It passed the checks of the release that stored it, so only what
 * it needs to run is checked: a check for authors that came later must not lock open cases out.
 * @throws CatalogError with every problem
 */
export function compileKeptTemplate(files: TemplateFiles): CompiledTemplate {
  const { id, version } = files.definition;
  const outcome = compileFiles(files, `kept copy of ${id} ${version}`, false);
  if (outcome.kind === 'invalid') throw new CatalogError(outcome.problems);
  return outcome.template;
}

/** Checks and compiles a template of a catalog, whose definition has the right shape; `folder` is what problems name. */
export function tryCompileTemplate(files: TemplateFiles, folder: string): TemplateOutcome {
  return compileFiles(files, folder, true);
}

function compileFiles(files: TemplateFiles, folder: string, lint: boolean): TemplateOutcome {
  const { definition } = files;
  const compiled = compileForm(files, lint);
  if (Array.isArray(compiled)) return invalid(compiled, join(folder, 'questionnaire.json'));
  const questionnaire = compiled;
  const { contextRequirements, requirementGroups, supportingDocuments, fieldMap } = definition;
  const mappedKeys = fieldMap?.flatMap((mapping) => ('from' in mapping ? [mapping.from] : []));
  const outcome = compileRequirements({
    form: { id: definition.id, title: definition.title, ...(mappedKeys === undefined ? {} : { mappedKeys }) },
    questionnaire,
    lint,
    ...(contextRequirements === undefined ? {} : { contextRequirements }),
    ...(requirementGroups === undefined ? {} : { requirementGroups }),
    ...(supportingDocuments === undefined ? {} : { supportingDocuments }),
  });
  const fieldProblems =
    fieldMap === undefined || !lint ? [] : checkFieldMap(fieldMap, questionnaire, requirementGroups ?? []);
  const problems = [...(outcome.kind === 'invalid' ? outcome.problems : []), ...fieldProblems];
  if (outcome.kind === 'invalid' || problems.length > 0)
    return invalid(problems, join(folder, 'template.json'));
  const { requirements } = outcome;
  return {
    kind: 'compiled',
    template: { definition, files, questionnaire, requirements, contentHash: hashTemplate(files) },
  };
}

function compileForm(
  { questionnaire, valueSets }: TemplateFiles,
  lint: boolean,
): CompiledQuestionnaire | DefinitionProblem[] {
  try {
    return compileQuestionnaire(questionnaire, valueSets, { lint });
  } catch (error) {
    if (error instanceof QuestionnaireDefinitionError) return [...error.problems];
    throw error;
  }
}

function invalid(problems: readonly DefinitionProblem[], file: string): TemplateOutcome {
  return { kind: 'invalid', problems: problems.map((problem) => ({ file, ...problem })) };
}
