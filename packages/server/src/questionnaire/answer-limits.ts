import { compareWith } from './compare-values.ts';
import type { DefinitionReport } from './definition-problems.ts';
import type { Bound } from './item-extensions.ts';
import type { ValueKey } from './item-types.ts';
import type { DraftItem } from './read-definition.ts';
import type { AnswerValue, ItemType } from './types.ts';

/** A smallest or largest value, ready to compare with. */
export interface Limit {
  readonly value: AnswerValue;
  /** How messages write it. */
  readonly label: string;
  readonly less: string;
  readonly more: string;
  /** Negative when the answer lies below; undefined when it cannot be said. */
  order(answer: AnswerValue): number | undefined;
}

const limitKeys: Partial<Record<ItemType, readonly ValueKey[]>> = {
  integer: ['valueInteger', 'valueDecimal'],
  decimal: ['valueDecimal', 'valueInteger'],
  quantity: ['valueQuantity', 'valueDecimal', 'valueInteger'],
  date: ['valueDate'],
  dateTime: ['valueDateTime', 'valueDate'],
  time: ['valueTime'],
};

/** A bound of minValue, maxValue, minQuantity or maxQuantity; reported when it is of another type than the item. */
export function readLimit(
  item: DraftItem,
  bound: Bound | undefined,
  report: DefinitionReport,
): Limit | undefined {
  if (bound === undefined) return undefined;
  const keys = limitKeys[item.type] ?? [];
  if (!keys.some((key) => bound.value[key] !== undefined)) {
    const mend = keys.length === 0 ? 'Remove it.' : `Use ${keys.join(' or ')}.`;
    report.addProblem(bound.path, `A ${item.type} item cannot be limited by this.`, mend);
    return undefined;
  }
  return makeLimit(item.type, bound.value);
}

function makeLimit(type: ItemType, value: AnswerValue): Limit {
  const temporal = type === 'date' || type === 'dateTime' || type === 'time';
  const words = temporal ? { less: 'before', more: 'after' } : { less: 'less than', more: 'more than' };
  return { value, label: labelOf(value), ...words, order: orderBy(value) };
}

function orderBy(value: AnswerValue): (answer: AnswerValue) => number | undefined {
  const limit = value.valueInteger ?? value.valueDecimal;
  if (limit !== undefined) {
    return (answer) => {
      const number = answer.valueInteger ?? answer.valueDecimal ?? answer.valueQuantity?.value;
      return number === undefined ? undefined : number - limit;
    };
  }
  const compare = compareWith(value);
  // A dateTime item may be limited by a day, which then compares with the day the answer names.
  const compareInstant =
    value.valueDate === undefined ? compare : compareWith({ valueDateTime: value.valueDate });
  return (answer) => {
    const order = answer.valueDateTime === undefined ? compare(answer) : compareInstant(answer);
    return order === 'unordered' ? undefined : order;
  };
}

function labelOf({ valueQuantity, ...value }: AnswerValue): string {
  if (valueQuantity === undefined) return String(Object.values(value)[0]);
  const unit = valueQuantity.unit ?? valueQuantity.code;
  return unit === undefined ? String(valueQuantity.value) : `${valueQuantity.value} ${unit}`;
}

/** True only when it is certain: a partial date that may lie within the limit breaks nothing. */
export function isBelow(answer: AnswerValue, limit: Limit): boolean {
  const order = limit.order(answer);
  return order !== undefined && order < 0;
}

/** As `isBelow`, for the other end. */
export function isBeyond(answer: AnswerValue, limit: Limit): boolean {
  const order = limit.order(answer);
  return order !== undefined && order > 0;
}
