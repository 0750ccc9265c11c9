import type { Frame } from './answer-tree.ts';
import type { CompiledQuestionnaire } from './compiled-questionnaire.ts';

/** Adds the linkIds of questions that are answered differently after the merge, wherever they stand. */
export function addChanged(changed: Set<string>, before: Frame, after: Frame, incoming: Frame): void {
  for (const { kind, position, linkId, opens } of before.scope.items) {
    if (incoming.mentioned[position] !== true) continue;
    if (kind === 'question' && !sameAnswers(before, after, position)) changed.add(linkId);
    if (opens !== undefined) addChangedBelow(changed, before, after, position);
  }
}

/** Compares instance by instance, in order: a row that moved has changed. */
function addChangedBelow(
  changed: Set<string>,
  before: Frame | undefined,
  after: Frame | undefined,
  position: number,
): void {
  const old = before?.instances[position] ?? [];
  const young = after?.instances[position] ?? [];
  for (let index = 0; index < Math.max(old.length, young.length); index += 1) {
    const [left, right] = [old[index], young[index]];
    for (const item of (left ?? right)?.scope.items ?? []) {
      if (item.kind === 'question' && !sameAnswers(left, right, item.position)) changed.add(item.linkId);
      if (item.opens !== undefined) addChangedBelow(changed, left, right, item.position);
    }
  }
}

function sameAnswers(left: Frame | undefined, right: Frame | undefined, position: number): boolean {
  const count = left?.answers[position]?.length ?? 0;
  if (count !== (right?.answers[position]?.length ?? 0)) return false;
  return count === 0 || textOfAnswers(left, position) === textOfAnswers(right, position);
}

/** Answers are canonical, so equal answers have equal JSON. */
export function textOfAnswers(frame: Frame | undefined, position: number): string {
  return JSON.stringify(frame?.answers[position] ?? []);
}

export function inOrder(
  questionnaire: CompiledQuestionnaire,
  linkIds: ReadonlySet<string>,
): readonly string[] {
  if (linkIds.size === 0) return [];
  return questionnaire.itemsInOrder.filter(({ linkId }) => linkIds.has(linkId)).map(({ linkId }) => linkId);
}
