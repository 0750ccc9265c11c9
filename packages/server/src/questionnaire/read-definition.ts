import type { DefinitionReport } from './definition-problems.ts';
import { isItemType, itemTypes } from './item-types.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { ItemType } from './types.ts';

/** More is no form but a mistake or an attack; the bounds keep recursion and tables small. */
const maximumDepth = 32;
const maximumItems = 5_000;

/** One item as written, with each member known to have its FHIR type. Members that do not are reported and left out. */
export interface DraftItem {
  readonly path: string;
  readonly raw: JsonObject;
  readonly linkId: string;
  readonly type: ItemType;
  readonly text: string | undefined;
  readonly prefix: string | undefined;
  readonly required: boolean;
  readonly repeats: boolean;
  readonly readOnly: boolean;
  readonly maxLength: number | undefined;
  readonly enableBehavior: 'all' | 'any' | undefined;
  readonly answerValueSet: string | undefined;
  readonly enableWhen: readonly Located[];
  readonly answerOption: readonly Located[];
  readonly initial: readonly Located[];
  readonly extension: readonly LocatedExtension[];
  readonly parent: DraftItem | undefined;
  readonly children: DraftItem[];
}

export interface Located {
  readonly path: string;
  readonly raw: JsonObject;
}

export interface LocatedExtension extends Located {
  readonly url: string;
}

export interface DraftQuestionnaire {
  readonly raw: JsonObject;
  readonly items: readonly DraftItem[];
  readonly itemsInOrder: readonly DraftItem[];
  readonly extension: readonly LocatedExtension[];
}

/** Reads any JSON as a Questionnaire; undefined when it is none at all. Items without a usable type are left out. */
export function readDefinition(source: unknown, report: DefinitionReport): DraftQuestionnaire | undefined {
  if (!isJsonObject(source) || source.resourceType !== 'Questionnaire') {
    report.addProblem(
      '',
      'This is not a FHIR Questionnaire.',
      'Give an object with "resourceType": "Questionnaire".',
    );
    return undefined;
  }
  refuseModifiers(source, '', report);
  const itemsInOrder: DraftItem[] = [];
  const items = readItems(source, '', undefined, itemsInOrder, report);
  if (itemsInOrder.length === 0 && report.problems.length === 0) {
    report.addProblem('item', 'The questionnaire has no items.', 'Add at least one question.');
  }
  return { raw: source, items, itemsInOrder, extension: readExtensions(source, '', report) };
}

function readItems(
  raw: JsonObject,
  path: string,
  parent: DraftItem | undefined,
  all: DraftItem[],
  report: DefinitionReport,
): DraftItem[] {
  const items: DraftItem[] = [];
  for (const located of readObjects(raw, 'item', path, report)) {
    if (all.length >= maximumItems || located.path.split('.').length > maximumDepth) {
      report.addProblem(
        located.path,
        `The form has more than ${maximumItems} items or is nested more than ${maximumDepth} deep.`,
        'Split it into smaller questionnaires.',
      );
      return items;
    }
    const item = readItem(located, parent, all, report);
    if (item !== undefined) items.push(item);
  }
  return items;
}

function readItem(
  { raw, path }: Located,
  parent: DraftItem | undefined,
  all: DraftItem[],
  report: DefinitionReport,
): DraftItem | undefined {
  const linkId = readText(raw, 'linkId', path, report);
  if (raw.linkId === undefined) {
    report.addProblem(path, 'The item has no linkId.', 'Give every item a linkId that is its own.');
  }
  const type = readType(raw, path, report);
  if (linkId === undefined || type === undefined) return undefined;
  refuseModifiers(raw, path, report);
  const item: DraftItem = {
    path,
    raw,
    linkId,
    type,
    parent,
    text: readText(raw, 'text', path, report),
    prefix: readText(raw, 'prefix', path, report),
    required: readFlag(raw, 'required', path, report),
    repeats: readFlag(raw, 'repeats', path, report),
    readOnly: readFlag(raw, 'readOnly', path, report),
    maxLength: readCount(raw, 'maxLength', path, report),
    enableBehavior: readEnableBehavior(raw, path, report),
    answerValueSet: readText(raw, 'answerValueSet', path, report),
    enableWhen: readObjects(raw, 'enableWhen', path, report),
    answerOption: readObjects(raw, 'answerOption', path, report),
    initial: readObjects(raw, 'initial', path, report),
    extension: readExtensions(raw, path, report),
    children: [],
  };
  for (const located of [...item.enableWhen, ...item.answerOption, ...item.initial]) {
    refuseModifiers(located.raw, located.path, report);
  }
  all.push(item);
  item.children.push(...readItems(raw, path, item, all, report));
  return item;
}

function readType(raw: JsonObject, path: string, report: DefinitionReport): ItemType | undefined {
  const type = raw.type;
  if (isItemType(type)) return type;
  const found = typeof type === 'string' ? `the type "${type}"` : 'no type';
  report.addProblem(
    `${path}.type`,
    `The item has ${found}, which is not supported.`,
    `Use one of: ${itemTypes.join(', ')}.`,
  );
  return undefined;
}

function readEnableBehavior(
  raw: JsonObject,
  path: string,
  report: DefinitionReport,
): 'all' | 'any' | undefined {
  const behavior = raw.enableBehavior;
  if (behavior === undefined || behavior === 'all' || behavior === 'any') return behavior;
  report.addProblem(
    `${path}.enableBehavior`,
    'enableBehavior is neither "all" nor "any".',
    'Write "all" or "any".',
  );
  return undefined;
}

/** Elements of a list of objects with their paths. `path` is that of `raw`, empty for the questionnaire itself. */
export function readObjects(
  raw: JsonObject,
  name: string,
  path: string,
  report: DefinitionReport,
): readonly Located[] {
  const list = raw[name];
  if (list === undefined) return [];
  const base = path === '' ? name : `${path}.${name}`;
  if (!Array.isArray(list)) {
    report.addProblem(base, `"${name}" is not a list.`, 'Write it as a JSON array of objects.');
    return [];
  }
  const objects: Located[] = [];
  for (const [index, element] of list.entries()) {
    if (isJsonObject(element)) objects.push({ path: `${base}[${index}]`, raw: element });
    else
      report.addProblem(
        `${base}[${index}]`,
        'This is not an object.',
        'Write a JSON object here, or leave it out.',
      );
  }
  return objects;
}

/** `extension` entries of any element. Entries without a URL mean nothing and are reported. */
export function readExtensions(
  raw: JsonObject,
  path: string,
  report: DefinitionReport,
): readonly LocatedExtension[] {
  const extensions: LocatedExtension[] = [];
  for (const located of readObjects(raw, 'extension', path, report)) {
    const url = located.raw.url;
    if (typeof url === 'string') extensions.push({ ...located, url });
    else
      report.addProblem(
        located.path,
        'The extension has no url.',
        'Give the url of its StructureDefinition.',
      );
  }
  return extensions;
}

/**
 * FHIR R4 (2.4.1): who does not understand a modifierExtension must not process the element. This engine
 * understands none.
 */
export function refuseModifiers(raw: JsonObject, path: string, report: DefinitionReport): void {
  for (const name of ['modifierExtension', 'implicitRules']) {
    if (raw[name] === undefined) continue;
    const at = path === '' ? name : `${path}.${name}`;
    report.addProblem(
      at,
      `${name} changes what the form means in a way that is not known here.`,
      'Remove it.',
    );
  }
}

function readText(raw: JsonObject, name: string, path: string, report: DefinitionReport): string | undefined {
  const text = raw[name];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /\S/.test(text) && text.isWellFormed() && !text.includes('\u0000'))
    return text;
  report.addProblem(
    `${path}.${name}`,
    `"${name}" is not a text with something in it.`,
    'Write a string, or leave it out.',
  );
  return undefined;
}

function readFlag(raw: JsonObject, name: string, path: string, report: DefinitionReport): boolean {
  const flag = raw[name];
  if (flag === undefined || typeof flag === 'boolean') return flag === true;
  report.addProblem(
    `${path}.${name}`,
    `"${name}" is neither true nor false.`,
    'Write true or false, without quotes.',
  );
  return false;
}

function readCount(
  raw: JsonObject,
  name: string,
  path: string,
  report: DefinitionReport,
): number | undefined {
  const count = raw[name];
  if (count === undefined) return undefined;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) return count;
  report.addProblem(
    `${path}.${name}`,
    `"${name}" is not a whole number above zero.`,
    'Write a positive integer.',
  );
  return undefined;
}
