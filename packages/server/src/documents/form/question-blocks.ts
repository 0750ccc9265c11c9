import { type AnswerTree, answersIn, type Frame, instancesIn } from '../../questionnaire/answer-tree.ts';
import type { CompiledItem, CompiledQuestionnaire } from '../../questionnaire/compiled-questionnaire.ts';
import type { AnswerValue } from '../../questionnaire/types.ts';
import type { AnswerView, FormBlock, OptionView } from './form-view.ts';
import { printAnswer } from './print-values.ts';

/** Up to this many options are all drawn with their boxes, as on paper; of more, only the chosen ones are shown. */
const drawnOptionLimit = 8;

/** The enabled, visible part of the questionnaire with its answers, in the order of the form. */
export function listQuestionBlocks(
  questionnaire: CompiledQuestionnaire,
  tree: AnswerTree,
): readonly FormBlock[] {
  return questionnaire.items.flatMap((item) => blocksOf(item, tree.root, 0));
}

function blocksOf(item: CompiledItem, frame: Frame, depth: number): readonly FormBlock[] {
  if (item.hidden || frame.enabled[item.position] !== true) return [];
  if (item.kind === 'display') return [{ kind: 'note', depth, text: textOf(item) }];
  if (item.kind === 'group') return groupBlocks(item, frame, depth);
  return questionBlocks(item, frame, depth);
}

function groupBlocks(item: CompiledItem, frame: Frame, depth: number): readonly FormBlock[] {
  const inner = item.repeats ? instanceBlocks(item, frame, depth) : childBlocks(item, frame, depth + 1);
  // A heading over nothing (every child disabled or hidden) would only puzzle.
  return inner.length === 0 ? [] : [{ kind: 'section', depth, text: textOf(item) }, ...inner];
}

function instanceBlocks(item: CompiledItem, frame: Frame, depth: number): readonly FormBlock[] {
  const instances = instancesIn(frame, item);
  if (instances.length === 0) return [{ kind: 'note', depth: depth + 1, text: 'None given.' }];
  return instances.flatMap((instance, index) => {
    const title: FormBlock = {
      kind: 'instance',
      depth: depth + 1,
      text: `${textOf(item)} ${index + 1} of ${instances.length}`,
    };
    return [title, ...childBlocks(item, instance, depth + 1)];
  });
}

function questionBlocks(item: CompiledItem, frame: Frame, depth: number): readonly FormBlock[] {
  const answers = answersIn(frame, item);
  const question: FormBlock = {
    kind: 'question',
    depth,
    text: textOf(item),
    answer: viewAnswers(item, answers),
  };
  if (item.opens === undefined) return [question, ...childBlocks(item, frame, depth + 1)];
  // Children of a repeating question belong to one of its answers each.
  const nested = instancesIn(frame, item).flatMap((instance, index) => {
    const inner = childBlocks(item, instance, depth + 2);
    const answer = answers[index];
    const title: FormBlock = {
      kind: 'instance',
      depth: depth + 1,
      text: answer ? printAnswer(answer, item) : textOf(item),
    };
    return inner.length === 0 ? [] : [title, ...inner];
  });
  return [question, ...nested];
}

function childBlocks(item: CompiledItem, frame: Frame, depth: number): readonly FormBlock[] {
  return item.children.flatMap((child) => blocksOf(child, frame, depth));
}

function textOf({ prefix, text }: CompiledItem): string {
  return prefix === undefined ? text : `${prefix} ${text}`;
}

function viewAnswers(item: CompiledItem, answers: readonly AnswerValue[]): AnswerView {
  const options = listOptions(item, answers);
  if (options !== undefined) return { kind: 'options', options };
  if (answers.length === 0) return { kind: 'empty' };
  return { kind: 'lines', lines: answers.map((answer) => printAnswer(answer, item)) };
}

function listOptions(item: CompiledItem, answers: readonly AnswerValue[]): readonly OptionView[] | undefined {
  if (item.type === 'boolean') {
    return [true, false].map((value) => ({
      label: value ? 'Yes' : 'No',
      checked: answers.some(({ valueBoolean }) => valueBoolean === value),
    }));
  }
  const list = item.options?.list ?? [];
  if (list.length === 0) return undefined;
  const chosen = new Set(answers.map((answer) => item.options?.find(answer)));
  const offered = list.map((option) => ({ label: option.label, checked: chosen.has(option) }));
  const free = answers.filter((answer) => item.options?.find(answer) === undefined);
  const typed = free.map((answer) => ({ label: `Other: ${printAnswer(answer)}`, checked: true }));
  if (list.length > drawnOptionLimit) {
    const shown = [...offered.filter(({ checked }) => checked), ...typed];
    return shown.length === 0 ? undefined : shown;
  }
  const blank = item.options?.open === true && typed.length === 0 ? [{ label: 'Other', checked: false }] : [];
  return [...offered, ...typed, ...blank];
}
