import { compileChecks } from './answer-checks.ts';
import { compileOptions, valueKeysOf } from './answer-options.ts';
import { buildQuestionnaire, type CheckedItem } from './build-questionnaire.ts';
import type { CompiledQuestionnaire } from './compiled-questionnaire.ts';
import { DefinitionReport, QuestionnaireDefinitionError } from './definition-problems.ts';
import { orderByDependency } from './dependency-order.ts';
import { compileConditions, type DraftCondition } from './enable-when.ts';
import { readInitial } from './initial-values.ts';
import { type ItemExtensions, readItemExtensions, reportUnreadExtension } from './item-extensions.ts';
import { lintItem, lintLinkIds } from './lint-items.ts';
import { type DraftItem, type DraftQuestionnaire, readDefinition } from './read-definition.ts';
import type { Coding, DefinitionProblem, ValueSet } from './types.ts';
import { ValueSetResolver } from './value-sets.ts';

/**
 * Checks and indexes a FHIR R4 Questionnaire. `valueSets` are those packed with it; contained ones are found by
 * themselves. Everything answers need is worked out here once, so that evaluating costs microseconds.
 *
 * @param options `lint: false` for a form that was checked before: only what running it needs is checked
 * @throws QuestionnaireDefinitionError with every problem found (contract prior-auth.md, 5.3).
 */
export function compileQuestionnaire(
  source: unknown,
  valueSets: readonly ValueSet[] = [],
  options: { readonly lint?: boolean } = {},
): CompiledQuestionnaire {
  const report = new DefinitionReport(options.lint);
  const compiled = compile(source, valueSets, report);
  if (compiled === undefined || report.problems.length > 0)
    throw new QuestionnaireDefinitionError(report.problems);
  return compiled;
}

/** The same checks without throwing; an empty list means that `compileQuestionnaire` takes it. */
export function lintQuestionnaire(source: unknown, valueSets: readonly ValueSet[] = []): DefinitionProblem[] {
  const report = new DefinitionReport();
  compile(source, valueSets, report);
  return report.problems;
}

function compile(
  source: unknown,
  valueSets: readonly ValueSet[],
  report: DefinitionReport,
): CompiledQuestionnaire | undefined {
  const draft = readDefinition(source, report);
  if (draft === undefined) return undefined;
  lintLinkIds(draft.itemsInOrder, report);
  for (const extension of draft.extension) reportUnreadExtension(extension, report);
  const resolver = new ValueSetResolver(draft.raw.contained, valueSets);
  const checked = new Map<DraftItem, CheckedItem>();
  for (const item of draft.itemsInOrder) checked.set(item, checkItem(item, resolver, report));
  const conditions = compileAllConditions(draft, checked, report);
  const order = orderByDependency(draft.itemsInOrder, conditions, report);
  if (report.problems.length > 0) return undefined;
  return buildQuestionnaire(draft, checked, conditions, order, report.notices);
}

function checkItem(item: DraftItem, resolver: ValueSetResolver, report: DefinitionReport): CheckedItem {
  const extensions = readItemExtensions(item, report);
  lintItem(item, extensions, report);
  const options = compileOptions(item, resolver, report);
  const units = listUnits(extensions, resolver, report);
  const valueKeys = valueKeysOf(item, options);
  return {
    item,
    extensions,
    options,
    units,
    valueKeys,
    checks: compileChecks(item, extensions, options, units, report),
    initial: readInitial(item, valueKeys, report),
  };
}

/** The fixed unit counts as one more that may be chosen. */
function listUnits(
  extensions: ItemExtensions,
  resolver: ValueSetResolver,
  report: DefinitionReport,
): readonly Coding[] {
  const { unit, unitOptions, unitValueSet } = extensions;
  const listed = unitValueSet && resolver.resolve(unitValueSet.canonical, unitValueSet.path, report);
  const units = [...(unit === undefined ? [] : [unit]), ...unitOptions, ...(listed ?? [])];
  return [
    ...new Map(
      units.map((coding) => [JSON.stringify([coding.system, coding.code ?? coding.display]), coding]),
    ).values(),
  ];
}

/** The first of two equal linkIds answers to the name; the second was reported. */
function compileAllConditions(
  draft: DraftQuestionnaire,
  checked: ReadonlyMap<DraftItem, CheckedItem>,
  report: DefinitionReport,
): ReadonlyMap<DraftItem, readonly DraftCondition[]> {
  const questions = new Map<string, CheckedItem>();
  for (const facts of checked.values()) {
    if (!questions.has(facts.item.linkId)) questions.set(facts.item.linkId, facts);
  }
  const conditions = new Map<DraftItem, readonly DraftCondition[]>();
  for (const item of draft.itemsInOrder) conditions.set(item, compileConditions(item, questions, report));
  return conditions;
}
