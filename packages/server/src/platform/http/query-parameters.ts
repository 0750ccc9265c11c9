import { type TObject, type TProperties, Type } from 'typebox';
import { type ErrorIssue, PrecertError } from '../errors.ts';
import { maximumIssues } from './schema-issues.ts';

/** Holds the issues of a query string that could not be decoded: the parser runs where nothing may be thrown. */
const undecodable = Symbol('undecodable');

type RawQuery = Record<string, string | string[]> & { [undecodable]?: ErrorIssue[] };

/**
 * The query parameters of a route. Declare real types (`Type.Integer`, `Type.Array(stringEnum(…))`, `Type.Boolean`);
 * the text is turned into them strictly. Unknown parameters are refused; a parameter with `default` always has a value.
 */
export function querySchema<T extends TProperties>(properties: T): TObject<T> {
  const schema = Type.Object(properties, { additionalProperties: false });
  const withoutDefault = Object.entries(properties)
    .filter(([, property]) => !Type.IsOptional(property) && !('default' in property))
    .map(([name]) => name);
  // The static type keeps a defaulted parameter as present, which `readQuery` makes true.
  return { ...schema, required: withoutDefault } as unknown as TObject<T>;
}

/**
 * Splits a query string into text values, repeated parameters into lists. `a[]=1` is a parameter called `a[]`.
 * Never throws: what cannot be decoded is kept as issues for `readQuery`.
 */
export function parseQueryString(text: string): RawQuery {
  // Without a prototype `__proto__` is a parameter like any other.
  const query: RawQuery = Object.create(null);
  for (const pair of text === '' ? [] : text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    const value = decode(at === -1 ? '' : pair.slice(at + 1));
    if (name === undefined || value === undefined) addUndecodable(query, name);
    else addValue(query, name, value);
  }
  return query;
}

function addValue(query: RawQuery, name: string, value: string): void {
  const before = query[name];
  if (before === undefined) query[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else query[name] = [before, value];
}

function addUndecodable(query: RawQuery, name: string | undefined): void {
  const message = 'Expected percent-encoded UTF-8 without U+0000.';
  const issues = query[undecodable] ?? [];
  query[undecodable] = issues;
  if (issues.length < maximumIssues) issues.push({ field: name ?? 'query', code: 'invalid_format', message });
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}

type ReadParameter = (value: string | string[]) => unknown;

export interface QueryPlan {
  readonly readers: ReadonlyMap<string, ReadParameter>;
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** What `readQuery` does for a route's query schema. */
export function planQuery(schema: unknown): QueryPlan {
  const properties = Object.entries(propertiesOf(schema));
  const defaults = properties
    .filter(([, property]) => 'default' in property)
    .map(([name, { default: value }]) => [name, value]);
  return {
    readers: new Map(properties.map(([name, property]) => [name, readerFor(property)])),
    defaults: Object.fromEntries(defaults),
  };
}

/**
 * Text into the declared types. Text that is no such value stays text, and a single parameter that came twice stays a
 * list, so that validation refuses both under the parameter's name.
 * @throws PrecertError `validation_error` when the query string cannot be decoded.
 */
export function readQuery(plan: QueryPlan, query: unknown): Record<string, unknown> {
  // The router hands over what `parseQueryString` returned, or its own empty object.
  const raw = (query ?? {}) as RawQuery;
  if (raw[undecodable] !== undefined) {
    throw new PrecertError('validation_error', 'Request validation failed.', { issues: raw[undecodable] });
  }
  const values: Record<string, unknown> = Object.assign(Object.create(null), plan.defaults);
  for (const [name, value] of Object.entries(raw)) {
    const read = plan.readers.get(name);
    values[name] = read === undefined ? value : read(value);
  }
  return values;
}

function readerFor(property: Record<string, unknown>): ReadParameter {
  if (property.type === 'array') {
    const readItem = readerFor(isRecord(property.items) ? property.items : {});
    return (value) => (Array.isArray(value) ? value : [value]).map(readItem);
  }
  if (property.type === 'integer') return (value) => (isDigits(value) ? Number(value) : value);
  if (property.type === 'boolean')
    return (value) => (value === 'true' || value === 'false' ? value === 'true' : value);
  return (value) => value;
}

function isDigits(value: string | string[]): value is string {
  return typeof value === 'string' && /^[0-9]{1,15}$/.test(value);
}

function propertiesOf(schema: unknown): Record<string, Record<string, unknown>> {
  const properties = isRecord(schema) && isRecord(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, isRecord(property) ? property : {}]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
