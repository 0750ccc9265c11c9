import { type AnswerTree, addFrame, createTree, type Frame } from './answer-tree.ts';
import { isValueFault, readValue } from './answer-values.ts';
import { canonicalAnswer } from './canonical-answer.ts';
import type { CompiledItem, CompiledQuestionnaire } from './compiled-questionnaire.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { AnswerRejection, AnswerValue } from './types.ts';

/** Where a reading reports what it cannot take. */
interface Reading {
  readonly questionnaire: CompiledQuestionnaire;
  readonly tree: AnswerTree;
  /** Undefined: what cannot be read is passed over, and unknown members do not matter. */
  readonly rejections: AnswerRejection[] | undefined;
}

type RejectionCode = AnswerRejection['code'];

/** Reads stored answers; whatever the questionnaire does not know is passed over. Never throws. */
export function readStoredAnswers(questionnaire: CompiledQuestionnaire, items: unknown): AnswerTree {
  const reading: Reading = { questionnaire, tree: createTree(questionnaire), rejections: undefined };
  readItems(reading, items, reading.tree.root, '');
  return reading.tree;
}

/** Members of a FHIR R4 QuestionnaireResponse that say nothing about answers. */
const toleratedMembers: ReadonlySet<string> = new Set([
  'resourceType',
  'id',
  'meta',
  'language',
  'text',
  'contained',
  'extension',
  'identifier',
  'basedOn',
  'partOf',
  'questionnaire',
  'status',
  'subject',
  'encounter',
  'authored',
  'author',
  'source',
  'item',
  'items',
]);

/** Reads what a client sent as `questionnaireResponse`, flat or nested in groups, and says what is wrong with it. */
export function readIncomingAnswers(
  questionnaire: CompiledQuestionnaire,
  response: unknown,
): { readonly tree: AnswerTree; readonly rejections: readonly AnswerRejection[] } {
  const rejections: AnswerRejection[] = [];
  const reading: Reading = { questionnaire, tree: createTree(questionnaire), rejections };
  if (!isJsonObject(response)) {
    rejections.push({
      field: 'questionnaireResponse',
      code: 'invalid_type',
      message: 'The questionnaire response must be an object with an "item" list.',
    });
    return { tree: reading.tree, rejections };
  }
  refuseMembers(reading, response, toleratedMembers, 'questionnaireResponse');
  const { resourceType } = response;
  if (resourceType !== undefined && resourceType !== 'QuestionnaireResponse') {
    reject(
      reading,
      'questionnaireResponse.resourceType',
      'invalid_type',
      'The resource must be a QuestionnaireResponse.',
    );
  }
  readChildren(reading, response, reading.tree.root, 'questionnaireResponse');
  return { tree: reading.tree, rejections };
}

/** Where an answer stands, as the contract spells it (prior-auth.md, 5.1). */
export function fieldOf(frame: Frame, linkId: string): string {
  return `questionnaireResponse.items.${frame.path}${linkId}`;
}

/** Enough to mend a request by; a hostile one must not be answered at its own length. */
const maximumRejections = 100;

function reject({ rejections }: Reading, field: string, code: RejectionCode, message: string): void {
  if (rejections === undefined || rejections.length >= maximumRejections) return;
  rejections.push({ field, code, message });
}

/** A misspelt member would lose an answer without a word, so members FHIR does not know are refused. */
function refuseMembers(reading: Reading, raw: JsonObject, known: ReadonlySet<string>, where: string): void {
  if (reading.rejections === undefined) return;
  for (const name of Object.keys(raw)) {
    if (known.has(name) || name.startsWith('_')) continue;
    reject(reading, `${where}.${name}`, 'invalid_type', `"${name}" is not known here.`);
  }
}

/** `item` is FHIR's word, `items` the contract's alias. */
function readChildren(reading: Reading, raw: JsonObject, frame: Frame, where: string): void {
  const { item, items } = raw;
  if (item !== undefined && items !== undefined) {
    reject(reading, where, 'invalid_type', 'Give "item" or its alias "items", not both.');
    return;
  }
  if (item !== undefined) readItems(reading, item, frame, `${where}.item`);
  else if (items !== undefined) readItems(reading, items, frame, `${where}.items`);
}

function readItems(reading: Reading, items: unknown, frame: Frame, where: string): void {
  if (!Array.isArray(items)) {
    reject(reading, where, 'invalid_type', 'The items must be a list.');
    return;
  }
  for (let index = 0; index < items.length; index += 1) readItem(reading, items[index], frame, where, index);
}

const itemMembers: ReadonlySet<string> = new Set([
  'id',
  'extension',
  'linkId',
  'definition',
  'text',
  'answer',
  'item',
  'items',
]);

function readItem(reading: Reading, entry: unknown, frame: Frame, where: string, index: number): void {
  const linkId = isJsonObject(entry) ? entry.linkId : undefined;
  if (!isJsonObject(entry) || typeof linkId !== 'string') {
    const message = isJsonObject(entry) ? 'The item must have a linkId.' : 'The item must be an object.';
    reject(reading, `${where}[${index}]`, 'invalid_type', message);
    return;
  }
  const item = findItem(reading, linkId, frame);
  if (item === undefined) return;
  if (reading.rejections !== undefined) refuseMembers(reading, entry, itemMembers, fieldOf(frame, linkId));
  // Paths are put together only where they may be needed: this runs for every answer of every evaluation.
  if (item.kind === 'group' && item.opens !== undefined) {
    readInstance(reading, entry, item, frame, `${where}[${index}]`);
    return;
  }
  if (frame.mentioned[item.position] === true) {
    reject(
      reading,
      fieldOf(frame, linkId),
      'duplicate_link_id',
      `The item "${item.text}" is given more than once.`,
    );
    return;
  }
  frame.mentioned[item.position] = true;
  if (item.kind === 'question') readQuestion(reading, entry, item, frame, where, index);
  else {
    refuseAnswer(reading, entry, item, frame);
    if (item.kind === 'group') readChildren(reading, entry, frame, `${where}[${index}]`);
  }
}

function findItem(reading: Reading, linkId: string, frame: Frame): CompiledItem | undefined {
  const item = reading.questionnaire.itemByLinkId.get(linkId);
  if (item?.scope === frame.scope) return item;
  if (reading.rejections === undefined) return undefined;
  const opener = item?.scope.opener;
  const place =
    opener === undefined
      ? 'outside any repeating item'
      : opener.kind === 'group'
        ? `in an instance of the group "${opener.linkId}"`
        : `below an answer of "${opener.linkId}"`;
  const message =
    item === undefined ? 'The form has no such item.' : `The item does not belong here, but ${place}.`;
  reject(reading, fieldOf(frame, linkId), 'unknown_link_id', message);
  return undefined;
}

function readInstance(
  reading: Reading,
  entry: JsonObject,
  item: CompiledItem,
  frame: Frame,
  where: string,
): void {
  refuseAnswer(reading, entry, item, frame);
  frame.mentioned[item.position] = true;
  let instances = frame.instances[item.position];
  if (instances === undefined) {
    instances = [];
    frame.instances[item.position] = instances;
  }
  // Only groups that repeat come here, and those open a scope.
  const instance = addFrame(
    reading.tree,
    item.opens as NonNullable<typeof item.opens>,
    frame,
    instances.length,
  );
  instances.push(instance);
  readChildren(reading, entry, instance, where);
}

function refuseAnswer(reading: Reading, entry: JsonObject, item: CompiledItem, frame: Frame): void {
  if (entry.answer === undefined || isEmptyList(entry.answer)) return;
  reject(
    reading,
    fieldOf(frame, item.linkId),
    'invalid_type',
    `"${item.text}" is a ${item.kind} and takes no answer.`,
  );
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function readQuestion(
  reading: Reading,
  entry: JsonObject,
  item: CompiledItem,
  frame: Frame,
  where: string,
  index: number,
): void {
  const { answer } = entry;
  if (answer === undefined) frame.answers[item.position] = [];
  else if (!Array.isArray(answer)) {
    reject(
      reading,
      fieldOf(frame, item.linkId),
      'invalid_type',
      `The answer to "${item.text}" must be a list.`,
    );
    return;
  } else if (answer.length > 1 && !item.repeats) {
    reject(reading, fieldOf(frame, item.linkId), 'too_big', `"${item.text}" takes one answer only.`);
    return;
  } else {
    readAnswers(reading, answer, item, frame, where, index);
  }
  readItemsBesideAnswer(reading, entry, item, frame, where, index);
}

function readAnswers(
  reading: Reading,
  list: readonly unknown[],
  item: CompiledItem,
  frame: Frame,
  where: string,
  index: number,
): void {
  const answers: AnswerValue[] = [];
  const { position, opens } = item;
  const instances: Frame[] | undefined = opens === undefined ? undefined : [];
  frame.answers[position] = answers;
  frame.instances[position] = instances;
  for (let place = 0; place < list.length; place += 1) {
    const answer = list[place];
    const value = readAnswer(reading, answer, item, frame);
    if (value === undefined || !isJsonObject(answer)) continue;
    let below = frame;
    if (opens !== undefined) {
      below = addFrame(reading.tree, opens, frame, answers.length);
      instances?.push(below);
    }
    answers.push(value);
    if (answer.item !== undefined || answer.items !== undefined) {
      readChildren(reading, answer, below, `${where}[${index}].answer[${place}]`);
    }
  }
}

/** Some clients put children of a question beside its answer; for a single question that says the same. */
function readItemsBesideAnswer(
  reading: Reading,
  entry: JsonObject,
  item: CompiledItem,
  frame: Frame,
  where: string,
  index: number,
): void {
  if (entry.item === undefined && entry.items === undefined) return;
  if (item.opens === undefined) readChildren(reading, entry, frame, `${where}[${index}]`);
  else {
    const message = `Items below "${item.text}" belong to one of its answers: put them in answer[].item.`;
    reject(reading, fieldOf(frame, item.linkId), 'invalid_type', message);
  }
}

function readAnswer(
  reading: Reading,
  answer: unknown,
  item: CompiledItem,
  frame: Frame,
): AnswerValue | undefined {
  if (!isJsonObject(answer)) {
    const message = `Each answer to "${item.text}" must be an object.`;
    reject(reading, fieldOf(frame, item.linkId), 'invalid_type', message);
    return undefined;
  }
  if (reading.rejections !== undefined && !hasOneValue(reading, answer, item, frame)) return undefined;
  for (const key of item.valueKeys) {
    if (answer[key] === undefined) continue;
    const value = readValue(key, answer[key]);
    if (!isValueFault(value)) return canonicalAnswer(item, value);
    const message = `The answer to "${item.text}" ${value.fault}.`;
    reject(reading, fieldOf(frame, item.linkId), 'invalid_type', message);
    return undefined;
  }
  const message = `An answer to "${item.text}" must have ${item.valueKeys.join(' or ')}.`;
  reject(reading, fieldOf(frame, item.linkId), 'invalid_type', message);
  return undefined;
}

const answerMembers: ReadonlySet<string> = new Set(['id', 'extension', 'item', 'items']);

/** Beside its value an answer says nothing that could get lost. */
function hasOneValue(reading: Reading, answer: JsonObject, item: CompiledItem, frame: Frame): boolean {
  let count = 0;
  for (const name of Object.keys(answer)) {
    if (answerMembers.has(name) || name.startsWith('_')) continue;
    count += 1;
    if (count === 1 && name.startsWith('value')) continue;
    const message = count === 1 ? `"${name}" is not known here.` : 'An answer has one value[x] only.';
    reject(reading, fieldOf(frame, item.linkId), 'invalid_type', message);
    return false;
  }
  return true;
}
