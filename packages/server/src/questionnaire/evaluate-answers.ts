import { type AnswerTree, addFrame, dropEmptyInstances, type Frame } from './answer-tree.ts';
import type { CompiledItem, CompiledQuestionnaire } from './compiled-questionnaire.ts';
import { computeEnablement } from './enablement.ts';
import { readStoredAnswers } from './read-response.ts';
import type { AnswerIssue, AnswersEvaluation, AnswerValue, QuestionState, ResponseItem } from './types.ts';

/**
 * Judges answers: which questions are enabled, required and answered, and which rules are broken. Answers the
 * questionnaire cannot read count as absent; nothing throws (contract prior-auth.md, 3.3 and 5.3).
 *
 * A repeating group without instances has no question states, unless the group must be there: then it is judged as
 * if it had one empty instance. A required group wants at least one answer below it; that is reported only when no
 * question below it is already reported as required.
 */
export function evaluateAnswers(
  questionnaire: CompiledQuestionnaire,
  answers: readonly ResponseItem[],
): AnswersEvaluation {
  const tree = readStoredAnswers(questionnaire, answers);
  dropEmptyInstances(tree.root);
  addWantedInstances(tree, tree.root);
  computeEnablement(questionnaire, tree);
  const walk: Walk = { states: [], issues: [], requiredCount: 0, answeredCount: 0, enabledCount: 0 };
  walkItems(walk, tree.root, 0, tree.root.scope.items.length);
  return {
    states: walk.states,
    issues: walk.issues,
    answersOf: (linkId) => listAnswers(questionnaire, tree, linkId),
    isEnabled: (linkId) => {
      const item = questionnaire.itemByLinkId.get(linkId);
      if (item === undefined) return false;
      return (tree.framesByScope[item.scope.index] ?? []).some(
        (frame) => frame.enabled[item.position] === true,
      );
    },
  };
}

function listAnswers(
  questionnaire: CompiledQuestionnaire,
  tree: AnswerTree,
  linkId: string,
): readonly AnswerValue[] {
  const item = questionnaire.itemByLinkId.get(linkId);
  if (item === undefined) return [];
  const frames = tree.framesByScope[item.scope.index] ?? [];
  const enabled = frames.filter((frame) => frame.enabled[item.position] === true);
  return enabled.flatMap((frame) => frame.answers[item.position] ?? []);
}

/** Gives each group that must occur and does not one empty instance to be judged by. */
function addWantedInstances(tree: AnswerTree, frame: Frame): void {
  for (const { kind, required, opens, position } of frame.scope.items) {
    if (opens === undefined) continue;
    let instances = frame.instances[position] ?? [];
    if (kind === 'group' && required && instances.length === 0) {
      instances = [addFrame(tree, opens, frame, 0)];
      frame.instances[position] = instances;
    }
    for (const instance of instances) addWantedInstances(tree, instance);
  }
}

/** What has been seen so far; the counters let a group tell what was found below it. */
interface Walk {
  readonly states: QuestionState[];
  readonly issues: AnswerIssue[];
  requiredCount: number;
  answeredCount: number;
  enabledCount: number;
}

/** Items of one frame from one position up to another, with all that stands below them. */
function walkItems(walk: Walk, frame: Frame, from: number, to: number): void {
  const { items } = frame.scope;
  for (let position = from; position < to; position += 1) {
    const item = items[position];
    if (item === undefined) return;
    if (item.kind === 'question') walkQuestion(walk, frame, item);
    else if (item.kind === 'group') {
      walkGroup(walk, frame, item);
      position = item.end - 1;
    }
  }
}

function walkGroup(walk: Walk, frame: Frame, item: CompiledItem): void {
  const { requiredCount, answeredCount, enabledCount } = walk;
  const { position, end, opens } = item;
  const instances = frame.instances[position] ?? [];
  if (opens === undefined) walkItems(walk, frame, position + 1, end);
  for (const instance of instances) walkItems(walk, instance, 0, instance.scope.items.length);
  if (frame.enabled[position] !== true) return;
  const isAnswered = walk.answeredCount > answeredCount;
  if (
    item.required &&
    !isAnswered &&
    walk.enabledCount > enabledCount &&
    walk.requiredCount === requiredCount
  ) {
    addRequired(walk, frame, item, `"${item.text}" needs at least one answer.`);
  } else if (isAnswered && opens !== undefined && instances.length < item.minOccurs) {
    addRequired(walk, frame, item, `"${item.text}" needs at least ${item.minOccurs} entries.`);
  }
  if (instances.length > item.maxOccurs) {
    const message = `"${item.text}" must not have more than ${item.maxOccurs} entries.`;
    walk.issues.push({
      linkId: item.linkId,
      path: frame.path + item.linkId,
      code: 'out_of_range',
      ruleType: 'range',
      message,
    });
  }
}

function walkQuestion(walk: Walk, frame: Frame, item: CompiledItem): void {
  const { linkId, position, required } = item;
  const path = frame.path + linkId;
  const enabled = frame.enabled[position] === true;
  const answers = enabled ? (frame.answers[position] ?? []) : [];
  const answered = answers.length > 0;
  walk.states.push({ linkId, path, enabled, required, answered });
  if (enabled) {
    walk.enabledCount += 1;
    if (answered) walk.answeredCount += 1;
    if (answers.length < item.minOccurs) addRequired(walk, frame, item, requiredMessage(item));
    if (answered) addBrokenChecks(walk, path, item, answers);
  }
  for (const instance of frame.instances[position] ?? [])
    walkItems(walk, instance, 0, instance.scope.items.length);
}

function requiredMessage({ text, minOccurs }: CompiledItem): string {
  return minOccurs > 1
    ? `"${text}" needs at least ${minOccurs} answers.`
    : `An answer is needed for "${text}".`;
}

function addRequired(walk: Walk, frame: Frame, { linkId }: CompiledItem, message: string): void {
  walk.requiredCount += 1;
  walk.issues.push({ linkId, path: frame.path + linkId, code: 'required', ruleType: 'required', message });
}

function addBrokenChecks(
  walk: Walk,
  path: string,
  { linkId, checks }: CompiledItem,
  answers: readonly AnswerValue[],
): void {
  for (const { code, ruleType, message, isBrokenBy } of checks) {
    if (isBrokenBy(answers)) walk.issues.push({ linkId, path, code, ruleType, message });
  }
}
