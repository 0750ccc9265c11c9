import { type AnswerTree, answersIn, type Frame } from './answer-tree.ts';
import type { CompiledItem, CompiledQuestionnaire, Condition } from './compiled-questionnaire.ts';

/**
 * Fills `enabled` of every frame in one pass over the dependency order: an item is enabled when its parent is and its
 * own conditions hold; answers of disabled questions count as absent (contract prior-auth.md, 5.3 and 5.4).
 */
export function computeEnablement(questionnaire: CompiledQuestionnaire, tree: AnswerTree): void {
  for (const item of questionnaire.dependencyOrder) {
    const frames = tree.framesByScope[item.scope.index] ?? [];
    for (const frame of frames) frame.enabled[item.position] = isItemEnabled(item, frame);
  }
}

function isItemEnabled(item: CompiledItem, frame: Frame): boolean {
  if (!isParentEnabled(item, frame)) return false;
  const { conditions } = item;
  if (conditions.length === 0) return true;
  const any = item.enableBehavior === 'any';
  for (const condition of conditions) if (holds(condition, frame) === any) return any;
  return !any;
}

function isParentEnabled({ parent, scope }: CompiledItem, frame: Frame): boolean {
  if (parent === undefined) return true;
  const holder = parent.scope === scope ? frame : frame.parent;
  return holder?.enabled[parent.position] === true;
}

function holds(condition: Condition, frame: Frame): boolean {
  let at: Frame | undefined = frame;
  for (let step = 0; step < condition.climb; step += 1) at = at?.parent;
  if (at === undefined) return condition.negated;
  const matched = condition.ownAnswer ? ownAnswerMatches(condition, at) : anyAnswerMatches(condition, at, 0);
  return matched !== condition.negated;
}

/** The answer needs no check of its own: when its question is disabled, so is everything below it. */
function ownAnswerMatches({ question, matches }: Condition, { parent, ordinal }: Frame): boolean {
  const answer = parent === undefined ? undefined : answersIn(parent, question)[ordinal];
  return answer !== undefined && matches(answer);
}

function anyAnswerMatches(condition: Condition, frame: Frame, step: number): boolean {
  const opener = condition.descend[step];
  if (opener !== undefined) {
    for (const instance of frame.instances[opener] ?? []) {
      if (anyAnswerMatches(condition, instance, step + 1)) return true;
    }
    return false;
  }
  const { question, matches } = condition;
  if (frame.enabled[question.position] !== true) return false;
  for (const answer of frame.answers[question.position] ?? []) if (matches(answer)) return true;
  return false;
}
