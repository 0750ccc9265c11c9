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
 * Compiles a template whose definition has the right shape: one of a catalog, or the pinned copy of an open case.
 * Throws `CatalogError` with every problem.
 */
export function compileTemplate(files: TemplateFiles): CompiledTemplate {
  const outcome = tryCompileTemplate(files, files.definition.id);
  if (outcome.kind === 'invalid') throw new CatalogError(outcome.problems);
  return outcome.template;
}

/** As `compileTemplate`, but answers with the problems; `folder` is what they name. */
export function tryCompileTemplate(files: TemplateFiles, folder: string): TemplateOutcome {
  const { definition } = files;
  const compiled = compileForm(files);
  if (Array.isArray(compiled)) return invalid(compiled, join(folder, 'questionnaire.json'));
  const questionnaire = compiled;
  const { contextRequirements, requirementGroups, supportingDocuments, fieldMap } = definition;
  const mappedKeys = fieldMap?.flatMap((mapping) => ('from' in mapping ? [mapping.from] : []));
  const outcome = compileRequirements({
    form: { id: definition.id, title: definition.title, ...(mappedKeys === undefined ? {} : { mappedKeys }) },
    questionnaire,
    ...(contextRequirements === undefined ? {} : { contextRequirements }),
    ...(requirementGroups === undefined ? {} : { requirementGroups }),
    ...(supportingDocuments === undefined ? {} : { supportingDocuments }),
  });
  const fieldProblems =
    fieldMap === undefined ? [] : checkFieldMap(fieldMap, questionnaire, requirementGroups ?? []);
  const problems = [...(outcome.kind === 'invalid' ? outcome.problems : []), ...fieldProblems];
  if (outcome.kind === 'invalid' || problems.length > 0)
    return invalid(problems, join(folder, 'template.json'));
  const { requirements } = outcome;
  return {
    kind: 'compiled',
    template: { definition, files, questionnaire, requirements, contentHash: hashTemplate(files) },
  };
}

function compileForm({
  questionnaire,
  valueSets,
}: TemplateFiles): CompiledQuestionnaire | DefinitionProblem[] {
  try {
    return compileQuestionnaire(questionnaire, valueSets);
  } catch (error) {
    if (error instanceof QuestionnaireDefinitionError) return [...error.problems];
    throw error;
  }
}

function invalid(problems: readonly DefinitionProblem[], file: string): TemplateOutcome {
  return { kind: 'invalid', problems: problems.map((problem) => ({ file, ...problem })) };
}
