import type { DefinitionReport } from './definition-problems.ts';
import type { ItemExtensions } from './item-extensions.ts';
import { isQuestionType, valueKeysOfType } from './item-types.ts';
import type { DraftItem } from './read-definition.ts';

/** Rules an item must keep by itself. Source: FHIR R4 Questionnaire invariants que-1 to que-13; contract 5.3. */
export function lintItem(item: DraftItem, extensions: ItemExtensions, report: DefinitionReport): void {
  if (item.type === 'display') lintDisplay(item, report);
  else if (item.type === 'group') lintGroup(item, report);
  else lintQuestion(item, report);
  lintOccurrences(item, extensions, report);
}

/** que-2: the first item keeps the linkId, each later one is a problem. */
export function lintLinkIds(items: readonly DraftItem[], report: DefinitionReport): void {
  const paths = new Map<string, string>();
  for (const { linkId, path } of items) {
    const first = paths.get(linkId);
    if (first === undefined) paths.set(linkId, path);
    else
      report.addLint(
        path,
        `The linkId "${linkId}" is taken by ${first}.`,
        'Give every item a linkId of its own.',
      );
  }
}

function lintDisplay(item: DraftItem, report: DefinitionReport): void {
  if (item.children.length > 0) {
    report.addLint(item.path, 'A display has no items below it.', 'Make it a group, or move the items out.');
  }
  for (const name of [
    'required',
    'repeats',
    'readOnly',
    'answerOption',
    'answerValueSet',
    'initial',
    'maxLength',
  ]) {
    refuseMember(item, name, 'a display', report);
  }
}

function lintGroup(item: DraftItem, report: DefinitionReport): void {
  if (item.children.length === 0) {
    report.addLint(item.path, 'The group has no items.', 'Put items below it, or make it a display.');
  }
  for (const name of ['answerOption', 'answerValueSet', 'initial', 'maxLength'])
    refuseMember(item, name, 'a group', report);
  if (item.required && !hasQuestion(item)) {
    report.addLint(item.path, 'The group is required but has no question to answer.', 'Make it optional.');
  }
}

function refuseMember({ raw, path }: DraftItem, name: string, kind: string, report: DefinitionReport): void {
  if (raw[name] === undefined || raw[name] === false) return;
  report.addLint(`${path}.${name}`, `"${name}" means nothing on ${kind}.`, 'Remove it.');
}

function hasQuestion(item: DraftItem): boolean {
  return item.children.some((child) => isQuestionType(child.type) || hasQuestion(child));
}

const typesWithLength: ReadonlySet<string> = new Set([
  'boolean',
  'decimal',
  'integer',
  'string',
  'text',
  'url',
  'open-choice',
]);
const typesWithOptions: ReadonlySet<string> = new Set([
  'choice',
  'open-choice',
  'integer',
  'date',
  'time',
  'string',
  'text',
]);

function lintQuestion(item: DraftItem, report: DefinitionReport): void {
  const { type, path } = item;
  const hasOptions = item.answerOption.length > 0;
  const hasValueSet = item.answerValueSet !== undefined;
  if (hasOptions && hasValueSet) {
    report.addLint(path, 'The item has both answerOption and answerValueSet.', 'Keep one of them.');
  }
  if (hasValueSet && type !== 'choice' && type !== 'open-choice') {
    report.addLint(
      `${path}.answerValueSet`,
      `A ${type} item takes no value set.`,
      'Make it a choice or open-choice.',
    );
  }
  if (hasOptions && !typesWithOptions.has(type)) {
    report.addLint(
      `${path}.answerOption`,
      `A ${type} item takes no options.`,
      'Make it a choice or open-choice.',
    );
  }
  if (type === 'choice' && item.raw.answerOption === undefined && item.raw.answerValueSet === undefined) {
    report.addLint(
      path,
      'The choice offers nothing to choose.',
      'List answerOption, or name an answerValueSet.',
    );
  }
  if (item.maxLength !== undefined && !typesWithLength.has(type)) {
    report.addLint(`${path}.maxLength`, `A ${type} item takes no maxLength.`, 'Remove it.');
  }
  lintInitial(item, report);
}

function lintInitial(item: DraftItem, report: DefinitionReport): void {
  const { path, initial, answerOption, repeats } = item;
  if (initial.length > 0 && answerOption.length > 0) {
    report.addLint(
      `${path}.initial`,
      'The item has options and an initial value.',
      'Mark the option initialSelected.',
    );
  }
  if (initial.length > 1 && !repeats) {
    report.addLint(
      `${path}.initial`,
      'The item has several initial values and does not repeat.',
      'Keep one.',
    );
  }
  const selected = answerOption.filter(({ raw }) => raw.initialSelected === true).length;
  if (selected > 1 && !repeats) {
    report.addLint(
      `${path}.answerOption`,
      'Several options are selected and the item does not repeat.',
      'Keep one.',
    );
  }
  if (item.required && isReadOnly(item) && initial.length === 0 && selected === 0) {
    report.addLint(
      path,
      'The item is required and read-only but has no initial value.',
      'Give it one, or open it.',
    );
  }
}

/** Read-only groups make what stands in them read-only. */
export function isReadOnly(item: DraftItem): boolean {
  if (item.readOnly) return true;
  for (let above = item.parent; above !== undefined; above = above.parent) {
    if (above.type === 'group' && above.readOnly) return true;
  }
  return false;
}

function lintOccurrences(item: DraftItem, extensions: ItemExtensions, report: DefinitionReport): void {
  const { minOccurs, maxOccurs, minLength } = extensions;
  if (minOccurs !== undefined && maxOccurs !== undefined && minOccurs > maxOccurs) {
    report.addLint(item.path, 'minOccurs is greater than maxOccurs.', 'Correct one of them.');
  }
  if (maxOccurs === 0) {
    report.addLint(item.path, 'maxOccurs is zero: the item could never be answered.', 'Remove the item.');
  }
  if (!item.repeats && Math.max(minOccurs ?? 0, maxOccurs ?? 0) > 1) {
    report.addLint(
      item.path,
      'minOccurs or maxOccurs is above 1 and the item does not repeat.',
      'Set "repeats": true.',
    );
  }
  if (minLength !== undefined && item.maxLength !== undefined && minLength > item.maxLength) {
    report.addLint(item.path, 'minLength is greater than maxLength.', 'Correct one of them.');
  }
  if (
    minLength !== undefined &&
    !valueKeysOfType(item.type).some((key) => key === 'valueString' || key === 'valueUri')
  ) {
    report.addLint(item.path, `minLength means nothing on a ${item.type} item.`, 'Remove it.');
  }
}
