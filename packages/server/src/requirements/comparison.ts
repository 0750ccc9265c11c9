import type { CompiledItem } from '../questionnaire/compiled-questionnaire.ts';
import {
  compareDates,
  compareDateTimes,
  compareTimes,
  isDate,
  isDateTime,
  isTime,
} from '../questionnaire/dates.ts';
import { comparableValue, type KeySource } from './key-source.ts';
import type { ComparisonOperator } from './rules.ts';

export type Literal = string | number | boolean;
type ValueTest = (value: unknown) => boolean;

/** A test of one value against a literal. Values of another type never pass, save `!=`, which they do. */
export function compileComparison(
  source: KeySource,
  operator: ComparisonOperator,
  literal: Literal,
): ValueTest {
  const equals = compileEquality(source, literal);
  if (operator === '=') return equals;
  if (operator === '!=') return (value) => !equals(value);
  const compare = source.kind === 'question' ? (orders[source.item.type] ?? compareText) : compareText;
  return (value) => {
    if (typeof value === 'number' && typeof literal === 'number') return holds(operator, value - literal);
    if (typeof value !== 'string' || typeof literal !== 'string') return false;
    const order = compare(value, literal);
    return order !== undefined && holds(operator, order);
  };
}

/** FHIR dates may be partial, and date-times name zones: the engine knows how they order. */
const orders: Readonly<Record<string, (left: string, right: string) => number | undefined>> = {
  date: compareDates,
  dateTime: compareDateTimes,
  time: compareTimes,
};

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function compileEquality(source: KeySource, literal: Literal): ValueTest {
  if (source.kind === 'question' || typeof literal !== 'string') return (value) => value === literal;
  const folded = literal.toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === folded;
}

export function compilePrefix(source: KeySource, prefixes: readonly string[]): ValueTest {
  if (source.kind === 'question') {
    return (value) => typeof value === 'string' && prefixes.some((prefix) => value.startsWith(prefix));
  }
  const folded = prefixes.map((prefix) => prefix.toLowerCase());
  return (value) =>
    typeof value === 'string' && folded.some((prefix) => value.toLowerCase().startsWith(prefix));
}

function holds(operator: ComparisonOperator, order: number): boolean {
  if (operator === '>') return order > 0;
  if (operator === '<') return order < 0;
  return operator === '>=' ? order >= 0 : order <= 0;
}

/** Why a literal can never equal a value of the source, in words; undefined when it can. */
export function literalProblem(source: KeySource, literal: Literal): string | undefined {
  if (source.kind === 'context')
    return typeof literal === 'string' ? undefined : 'case data is compared with text';
  const { type } = source.item;
  const options = listOptionTexts(source.item);
  const expected = literalTypes[type];
  if (expected === undefined) return `a question of type ${type} can only be asked whether it exists`;
  if (!expected.includes(typeof literal))
    return `a question of type ${type} is compared with a ${expected.join(' or ')}`;
  if (options !== undefined && !options.includes(String(literal)))
    return `the question has no option "${literal}"`;
  const format = literalFormats[type];
  if (format !== undefined && !format.test(String(literal))) return `a ${type} is written ${format.example}`;
  return undefined;
}

/** Why no value of the source can begin so, in words; undefined when one can. */
export function prefixProblem(source: KeySource, prefix: string): string | undefined {
  const options = source.kind === 'question' ? listOptionTexts(source.item) : undefined;
  if (options === undefined || options.some((option) => option.startsWith(prefix))) return undefined;
  return `no option of the question begins with "${prefix}"`;
}

/** Ordering means something for numbers and dates alone. */
export function canBeOrdered(source: KeySource): boolean {
  return source.kind === 'context' ? /date/i.test(source.path.text) : orderedTypes.has(source.item.type);
}

const orderedTypes = new Set(['integer', 'decimal', 'quantity', 'date', 'dateTime', 'time']);

const literalTypes: Readonly<Record<string, readonly string[]>> = {
  boolean: ['boolean'],
  integer: ['number'],
  decimal: ['number'],
  quantity: ['number'],
  date: ['string'],
  dateTime: ['string'],
  time: ['string'],
  string: ['string'],
  text: ['string'],
  url: ['string'],
  choice: ['string', 'number'],
  'open-choice': ['string', 'number'],
};

const literalFormats: Readonly<
  Record<string, { readonly test: (text: string) => boolean; readonly example: string }>
> = {
  date: { test: isDate, example: 'YYYY-MM-DD' },
  dateTime: { test: isDateTime, example: 'YYYY-MM-DDThh:mm:ssZ' },
  time: { test: isTime, example: 'hh:mm:ss' },
};

/** What comparisons see of each option; undefined when anything may be answered. */
export function listOptionTexts({ options }: CompiledItem): readonly string[] | undefined {
  if (options === undefined || options.open) return undefined;
  return options.list.map(({ value }) => String(comparableValue(value)));
}
