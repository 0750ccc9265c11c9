import type { CompiledItem } from '../questionnaire/compiled-questionnaire.ts';
import type { AnswerValue } from '../questionnaire/types.ts';
import { type CasePath, isPresent, parseCasePath } from './case-path.ts';
import { type Facts, findQuestion, type RuleCompiler, reportProblem } from './rule-compiler.ts';

/** Where a key's values come from, compiled once. */
export type KeySource = QuestionSource | ContextSource;

export interface QuestionSource {
  readonly kind: 'question';
  readonly key: string;
  readonly item: CompiledItem;
}

export interface ContextSource {
  readonly kind: 'context';
  readonly key: string;
  readonly path: CasePath;
}

/** Resolves `questionnaire.<linkId>` or `context.<path>`; undefined after reporting what is wrong with the key. */
export function compileKey(compiler: RuleCompiler, key: string, path: string): KeySource | undefined {
  if (key.startsWith('questionnaire.')) {
    const item = findQuestion(compiler, key, path);
    return item && { kind: 'question', key, item };
  }
  if (key.startsWith('context.')) {
    const parsed = compilePath(compiler, key.slice('context.'.length), path);
    return parsed && { kind: 'context', key, path: parsed };
  }
  reportProblem(
    compiler,
    path,
    `The key "${key}" has no known prefix.`,
    'Begin it with "questionnaire." or "context.".',
  );
  return undefined;
}

/** A bare case path, without the `context.` prefix. */
export function compilePath(compiler: RuleCompiler, text: string, path: string): CasePath | undefined {
  const outcome = parseCasePath(text);
  if (outcome.kind === 'path') return outcome.path;
  reportProblem(compiler, path, outcome.message, outcome.mend);
  return undefined;
}

/** True when any value of the source passes. Values of disabled questions do not exist. */
export function someValue(source: KeySource, facts: Facts, test: (value: unknown) => boolean): boolean {
  if (source.kind === 'context') return source.path.some(facts.case, test);
  for (const answer of facts.answers.answersOf(source.item.linkId)) {
    if (test(comparableValue(answer))) return true;
  }
  return false;
}

export function hasValue(source: KeySource, facts: Facts): boolean {
  if (source.kind === 'context') return source.path.some(facts.case, isPresent);
  return facts.answers.answersOf(source.item.linkId).length > 0;
}

/** The value comparisons see: a Coding's code (its display, when typed freely), a Quantity's number. */
export function comparableValue(answer: AnswerValue): unknown {
  if (answer.valueCoding !== undefined) return answer.valueCoding.code ?? answer.valueCoding.display;
  if (answer.valueQuantity !== undefined) return answer.valueQuantity.value;
  return (
    answer.valueBoolean ??
    answer.valueInteger ??
    answer.valueDecimal ??
    answer.valueString ??
    answer.valueDate ??
    answer.valueDateTime ??
    answer.valueTime ??
    answer.valueUri ??
    answer.valueAttachment?.url
  );
}
