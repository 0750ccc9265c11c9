import { compareDates, compareDateTimes, compareTimes } from './dates.ts';
import type { ValueKey } from './item-types.ts';
import type { AnswerValue, Coding, Quantity } from './types.ts';

/**
 * How an answer stands to a reference value of the same `value[x]`: negative, zero or positive; `unordered` when they
 * differ and have no order, or cannot be compared at all (another unit, another type, an undecidable partial date).
 *
 * Sources: FHIR R4 questionnaire-enable-operator for what must be comparable; FHIRPath 2.0 equality and comparison for
 * partial dates, where an undecided comparison counts as "does not hold".
 */
export type Order = number | 'unordered';

/** A comparison against one reference value, prepared once. */
export function compareWith(reference: AnswerValue): (answer: AnswerValue) => Order {
  const { valueInteger, valueDecimal, valueString, valueUri, valueBoolean } = reference;
  if (valueInteger !== undefined) return numberOrder('valueInteger', valueInteger);
  if (valueDecimal !== undefined) return numberOrder('valueDecimal', valueDecimal);
  if (valueString !== undefined) return textOrder(valueString);
  if (valueUri !== undefined) return ({ valueUri: uri }) => (uri === valueUri ? 0 : 'unordered');
  if (valueBoolean !== undefined)
    return ({ valueBoolean: flag }) => (flag === valueBoolean ? 0 : 'unordered');
  return compareWithStructure(reference);
}

function compareWithStructure(reference: AnswerValue): (answer: AnswerValue) => Order {
  const { valueDate, valueDateTime, valueTime, valueCoding, valueQuantity } = reference;
  if (valueDate !== undefined) return temporalOrder('valueDate', valueDate, compareDates);
  if (valueDateTime !== undefined) return temporalOrder('valueDateTime', valueDateTime, compareDateTimes);
  if (valueTime !== undefined) return temporalOrder('valueTime', valueTime, compareTimes);
  if (valueCoding !== undefined) {
    return ({ valueCoding: coding }) =>
      coding !== undefined && isSameCode(coding, valueCoding) ? 0 : 'unordered';
  }
  if (valueQuantity !== undefined) {
    return ({ valueQuantity: quantity }) =>
      quantity === undefined ? 'unordered' : compareQuantities(quantity, valueQuantity);
  }
  return () => 'unordered';
}

function numberOrder(
  key: 'valueInteger' | 'valueDecimal',
  reference: number,
): (answer: AnswerValue) => Order {
  return (answer) => {
    const value = answer[key];
    return value === undefined ? 'unordered' : value - reference;
  };
}

/** Text compares case-sensitively, by UTF-16 code units: R4 names no collation, and one that varies by locale would make forms branch differently on different servers. Text also equals a URL spelt the same. */
function textOrder(reference: string): (answer: AnswerValue) => Order {
  return ({ valueString, valueUri }) => {
    const value = valueString ?? valueUri;
    if (value === undefined) return 'unordered';
    if (value === reference) return 0;
    return value < reference ? -1 : 1;
  };
}

function temporalOrder(
  key: 'valueDate' | 'valueDateTime' | 'valueTime',
  reference: string,
  compare: (left: string, right: string) => number | undefined,
): (answer: AnswerValue) => Order {
  return (answer) => {
    const value = answer[key];
    return value === undefined ? 'unordered' : (compare(value, reference) ?? 'unordered');
  };
}

/** System and code; the code alone when the reference names no system. Display and version are not compared. */
export function isSameCode(coding: Coding, reference: Coding): boolean {
  return (
    coding.code === reference.code && (reference.system === undefined || coding.system === reference.system)
  );
}

/** Values compare only in one unit; a reference without a unit takes any. Nothing is converted. */
export function compareQuantities(quantity: Quantity, reference: Quantity): Order {
  if (quantity.value === undefined || reference.value === undefined) return 'unordered';
  if (quantity.comparator !== reference.comparator || !isSameUnit(quantity, reference)) return 'unordered';
  return quantity.value - reference.value;
}

export function isSameUnit(quantity: Quantity, reference: Quantity): boolean {
  if (reference.code !== undefined && quantity.code !== undefined) return isSameCode(quantity, reference);
  const unit = reference.unit ?? reference.code;
  return unit === undefined || (quantity.unit ?? quantity.code) === unit || quantity.code === unit;
}

/** Types whose values stand in an order, so that <, >, minValue and maxValue mean something. */
const orderedKeys: ReadonlySet<ValueKey> = new Set<ValueKey>([
  'valueInteger',
  'valueDecimal',
  'valueDate',
  'valueDateTime',
  'valueTime',
  'valueString',
  'valueQuantity',
]);

export function isOrdered(key: ValueKey): boolean {
  return orderedKeys.has(key);
}
