import {
  type AnswerTree,
  addFrame,
  createTree,
  dropEmptyInstances,
  type Frame,
  toResponseItems,
} from './answer-tree.ts';
import { canonicalAnswer } from './canonical-answer.ts';
import type { CompiledItem, CompiledQuestionnaire } from './compiled-questionnaire.ts';
import { computeEnablement } from './enablement.ts';
import type { AnswerValue, ResponseItem } from './types.ts';

/**
 * The answers a new response starts with: `initial[x]` and `answerOption.initialSelected` of the items that are
 * enabled by them. A repeating group gets its first instance when it must have one (FHIR R4, Questionnaire.item.initial).
 */
export function initialAnswers(questionnaire: CompiledQuestionnaire): readonly ResponseItem[] {
  const tree = createTree(questionnaire);
  fill(tree, tree.root);
  computeEnablement(questionnaire, tree);
  for (const frame of tree.framesByScope.flat()) {
    for (const { position } of frame.scope.items) {
      if (frame.enabled[position] !== true) frame.answers[position] = undefined;
    }
  }
  dropEmptyInstances(tree.root);
  return toResponseItems(tree.root);
}

function fill(tree: AnswerTree, frame: Frame): void {
  for (const item of frame.scope.items) {
    const { position, opens, kind } = item;
    const values = kind === 'question' ? initialValues(item) : [];
    if (values.length > 0) frame.answers[position] = values;
    if (opens === undefined) continue;
    const count = kind === 'group' && item.required ? 1 : values.length;
    frame.instances[position] = Array.from({ length: count }, (_, ordinal) => {
      const instance = addFrame(tree, opens, frame, ordinal);
      fill(tree, instance);
      return instance;
    });
  }
}

function initialValues(item: CompiledItem): readonly AnswerValue[] {
  if (item.initial.length > 0) return item.initial.map((value) => canonicalAnswer(item, value));
  return item.options?.list.filter((option) => option.initialSelected).map((option) => option.value) ?? [];
}
