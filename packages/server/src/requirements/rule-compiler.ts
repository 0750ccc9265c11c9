import type { CompiledItem } from '../questionnaire/compiled-questionnaire.ts';
import type { AnswersEvaluation, DefinitionProblem } from '../questionnaire/types.ts';
import type { CaseData } from './case-data.ts';

/** What a compiled rule is asked about. */
export interface Facts {
  readonly case: CaseData;
  readonly answers: AnswersEvaluation;
}

export type Predicate = (facts: Facts) => boolean;

/**
 * Carried through a compilation: the items rules may name, and the problems found so far. Paths are JSON paths into
 * `template.json`, such as `requirementGroups[0].when.all[1].key`.
 */
export interface RuleCompiler {
  readonly items: ReadonlyMap<string, CompiledItem>;
  readonly problems: DefinitionProblem[];
  /** False for rules that were checked before: what only an author has to mend is no problem. */
  readonly lint?: boolean;
}

export function reportProblem(compiler: RuleCompiler, path: string, message: string, mend: string): void {
  compiler.problems.push({ path, message, mend });
}

/** Something the rule could be run with, but an author should not have written. */
export function reportLint(compiler: RuleCompiler, path: string, message: string, mend: string): void {
  if (compiler.lint !== false) reportProblem(compiler, path, message, mend);
}

/** The question a key names, or undefined after reporting that there is none. */
export function findQuestion(compiler: RuleCompiler, key: string, path: string): CompiledItem | undefined {
  const linkId = key.slice('questionnaire.'.length);
  const item = compiler.items.get(linkId);
  if (item?.kind === 'question') return item;
  const message =
    item === undefined
      ? `The questionnaire has no item with linkId "${linkId}".`
      : `"${linkId}" is a ${item.kind}, which has no answer.`;
  reportProblem(compiler, path, message, 'Name the linkId of a question of questionnaire.json.');
  return undefined;
}
