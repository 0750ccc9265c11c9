import { type Frame, toResponseItems } from './answer-tree.ts';
import { textOfAnswers } from './changed-questions.ts';
import type { CompiledItem } from './compiled-questionnaire.ts';
import { fieldOf } from './read-response.ts';
import type { AnswerRejection } from './types.ts';

/**
 * Refuses incoming entries that would change a read-only item (FHIR R4, Questionnaire.item.readOnly). Sending the
 * stored answer back is no change. Inside instances, which are replaced as a whole, a read-only answer that was left
 * out is carried over from the stored instance at the same place.
 */
export function guardReadOnly(stored: Frame, incoming: Frame): readonly AnswerRejection[] {
  const rejections: AnswerRejection[] = [];
  for (const item of incoming.scope.items) {
    if (incoming.mentioned[item.position] === true) guardItem(item, stored, incoming, rejections);
  }
  return rejections;
}

function guardItem(
  item: CompiledItem,
  stored: Frame | undefined,
  incoming: Frame,
  rejections: AnswerRejection[],
): void {
  if (item.readOnly && isChanged(item, stored, incoming)) {
    const message = `"${item.text}" is read-only and keeps the answer it has.`;
    rejections.push({ field: fieldOf(incoming, item.linkId), code: 'immutable_field', message });
    return;
  }
  for (const [index, instance] of (incoming.instances[item.position] ?? []).entries()) {
    guardInstance(findCounterpart(item, stored, incoming, index), instance, rejections);
  }
}

/** The stored instance at the same place; below a question only while the answer above it is still the same. */
function findCounterpart(
  { kind, position }: CompiledItem,
  stored: Frame | undefined,
  incoming: Frame,
  index: number,
): Frame | undefined {
  const [before, after] = [stored?.answers[position]?.[index], incoming.answers[position]?.[index]];
  if (kind === 'question' && JSON.stringify(before) !== JSON.stringify(after)) return undefined;
  return stored?.instances[position]?.[index];
}

function guardInstance(stored: Frame | undefined, incoming: Frame, rejections: AnswerRejection[]): void {
  for (const item of incoming.scope.items) {
    if (incoming.mentioned[item.position] === true) guardItem(item, stored, incoming, rejections);
    else if (item.readOnly) {
      incoming.answers[item.position] = stored?.answers[item.position];
      const instances = stored?.instances[item.position];
      for (const instance of instances ?? []) instance.parent = incoming;
      incoming.instances[item.position] = instances;
    }
  }
}

function isChanged({ kind, position }: CompiledItem, stored: Frame | undefined, incoming: Frame): boolean {
  if (kind === 'question') return textOfAnswers(stored, position) !== textOfAnswers(incoming, position);
  return textOfInstances(stored, position) !== textOfInstances(incoming, position);
}

function textOfInstances(frame: Frame | undefined, position: number): string {
  return JSON.stringify((frame?.instances[position] ?? []).map(toResponseItems));
}
