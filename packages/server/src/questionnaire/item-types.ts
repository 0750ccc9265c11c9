import type { AnswerValue, ItemType } from './types.ts';

/** The `value[x]` member names of an answer. */
export type ValueKey = keyof AnswerValue;

/**
 * Which `value[x]` an item type takes when no options say otherwise (FHIR R4, Questionnaire.item.type). Groups and
 * displays take none. `reference` is missing on purpose: answers never point into somebody else's server.
 */
const valueKeysByType: Readonly<Record<ItemType, readonly ValueKey[]>> = {
  group: [],
  display: [],
  boolean: ['valueBoolean'],
  integer: ['valueInteger'],
  decimal: ['valueDecimal'],
  date: ['valueDate'],
  dateTime: ['valueDateTime'],
  time: ['valueTime'],
  string: ['valueString'],
  text: ['valueString'],
  url: ['valueUri'],
  choice: ['valueCoding'],
  'open-choice': ['valueCoding', 'valueString'],
  quantity: ['valueQuantity'],
  attachment: ['valueAttachment'],
};

export function isItemType(type: unknown): type is ItemType {
  return typeof type === 'string' && Object.hasOwn(valueKeysByType, type);
}

export function isQuestionType(type: ItemType): boolean {
  return type !== 'group' && type !== 'display';
}

export function valueKeysOfType(type: ItemType): readonly ValueKey[] {
  return valueKeysByType[type];
}

export const itemTypes: readonly string[] = Object.keys(valueKeysByType);

const valueKeys = new Set<string>(Object.values(valueKeysByType).flat());

export function isValueKey(key: string): key is ValueKey {
  return valueKeys.has(key);
}
