import {
  type AnswerTree,
  createTree,
  dropEmptyInstances,
  type Frame,
  listFrames,
  toResponseItems,
} from './answer-tree.ts';
import { addChanged, inOrder } from './changed-questions.ts';
import type { CompiledQuestionnaire } from './compiled-questionnaire.ts';
import { computeEnablement } from './enablement.ts';
import { guardReadOnly } from './read-only.ts';
import { fieldOf, readIncomingAnswers, readStoredAnswers } from './read-response.ts';
import type { AnswerRejection, MergeOutcome, ResponseItem } from './types.ts';

/**
 * Overlays stored answers with what a client sent as `questionnaireResponse`, all or nothing
 * (contract prior-auth.md, 5.2 and 5.4).
 *
 * - An incoming linkId replaces the stored entry; without an answer it clears it; linkIds not mentioned stay.
 * - A repeating group merges as one unit: the incoming instances replace all stored ones, and instances without any
 *   answer are dropped, so that one empty instance clears the group.
 * - Structure and types are refused here (`invalid`); options, formats and ranges are stored and judged by
 *   `evaluateAnswers`.
 * - An incoming answer to a disabled question is refused (`not_enabled`), once per place; stored ones are dropped and
 *   named in `cleared`.
 *
 * The answers that come out are canonical: equal content gives equal JSON. Never throws, whatever `incoming` is.
 */
export function mergeAnswers(
  questionnaire: CompiledQuestionnaire,
  stored: readonly ResponseItem[],
  incoming: unknown,
): MergeOutcome {
  const { tree: change, rejections } = readIncomingAnswers(questionnaire, incoming);
  if (rejections.length > 0) return { kind: 'invalid', rejections };
  const before = readStoredAnswers(questionnaire, stored);
  dropEmptyInstances(before.root);
  dropEmptyInstances(change.root);
  const refused = guardReadOnly(before.root, change.root);
  if (refused.length > 0) return { kind: 'invalid', rejections: refused };

  const merged = overlay(questionnaire, before.root, change.root);
  computeEnablement(questionnaire, merged);
  const notEnabled = listNotEnabled(merged, change.root);
  if (notEnabled.length > 0) return { kind: 'not_enabled', rejections: notEnabled };

  const cleared = clearDisabled(merged);
  const changed = new Set(cleared);
  addChanged(changed, before.root, merged.root, change.root);
  return {
    kind: 'merged',
    answers: toResponseItems(merged.root),
    cleared: inOrder(questionnaire, cleared),
    changed: inOrder(questionnaire, changed),
  };
}

/** Per root entry the incoming one where it was mentioned, the stored one elsewhere. Instances move over as they are. */
function overlay(questionnaire: CompiledQuestionnaire, stored: Frame, incoming: Frame): AnswerTree {
  const { root } = createTree(questionnaire);
  for (const { position } of root.scope.items) {
    const source = incoming.mentioned[position] === true ? incoming : stored;
    root.answers[position] = source.answers[position];
    root.instances[position] = source.instances[position];
    for (const instance of source.instances[position] ?? []) instance.parent = root;
  }
  return listFrames(questionnaire, root);
}

/** Contract 5.4, step 3. What was carried over from the stored answers is not mentioned by the client. */
function listNotEnabled({ framesByScope }: AnswerTree, incoming: Frame): readonly AnswerRejection[] {
  const rejections: AnswerRejection[] = [];
  for (const frame of framesByScope.flat()) {
    const { mentioned } = frame.parent === undefined ? incoming : frame;
    if (!comesFrom(frame, incoming)) continue;
    for (const { kind, position, linkId, text } of frame.scope.items) {
      if (kind !== 'question' || mentioned[position] !== true || frame.enabled[position] === true) continue;
      if ((frame.answers[position] ?? []).length === 0) continue;
      const message = `"${text}" is not asked with these answers, so it cannot be answered.`;
      rejections.push({ field: fieldOf(frame, linkId), code: 'not_enabled', message });
    }
  }
  return rejections;
}

/** True when the client sent every entry on the way from the root to the instance. */
function comesFrom(frame: Frame, incoming: Frame): boolean {
  for (let at = frame; at.parent !== undefined; at = at.parent) {
    const { mentioned } = at.parent.parent === undefined ? incoming : at.parent;
    if (mentioned[at.scope.opener?.position ?? 0] !== true) return false;
  }
  return true;
}

/** Contract 5.4, step 4: drops the answers of disabled questions and says which linkIds they had. */
function clearDisabled({ framesByScope }: AnswerTree): ReadonlySet<string> {
  const cleared = new Set<string>();
  for (const frame of framesByScope.flat()) {
    for (const { kind, position, linkId } of frame.scope.items) {
      const answers = frame.answers[position];
      if (kind !== 'question' || answers === undefined || frame.enabled[position] === true) continue;
      if (answers.length > 0) cleared.add(linkId);
      frame.answers[position] = undefined;
      // The instances stay in place for the walk; without their answers they are not written.
    }
  }
  return cleared;
}
