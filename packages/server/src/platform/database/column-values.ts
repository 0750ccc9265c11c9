import pg from 'pg';

/** From PostgreSQL's text format to JavaScript, one table for both engines. Keys are type oids of `pg_type`. */

export type ColumnParser = (text: string) => unknown;

const asText: ColumnParser = (text) => text;
const asNumber: ColumnParser = (text) => Number(text);

/** A number when it is exact, otherwise a BigInt. */
function asInteger(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** `\x…`, the `bytea_output` PostgreSQL has used by default since 9.0. */
function asBytes(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

/**
 * Sessions run in UTC, so the offset is always `+00`. Microseconds are cut to milliseconds.
 * @throws RangeError for instants JavaScript cannot hold (BC, beyond year 9999).
 */
function asInstant(text: string): Date | number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  if (text === '-infinity') return Number.NEGATIVE_INFINITY;
  const instant = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
  if (Number.isNaN(instant.getTime()))
    throw new RangeError(`The instant ${text} is outside the supported range.`);
  return instant;
}

/** Scalar types. A type that is not named here stays text. */
export const columnParsers: Readonly<Record<number, ColumnParser>> = {
  16: (text) => text === 't',
  17: asBytes,
  20: asInteger,
  21: asNumber,
  23: asNumber,
  26: asNumber,
  114: JSON.parse,
  700: asNumber,
  701: asNumber,
  // date, timestamp without zone, interval and numeric: no JavaScript type holds them without a wrong turn.
  1082: asText,
  1114: asText,
  1184: asInstant,
  1186: asText,
  1700: asText,
  3802: JSON.parse,
};

/** Array type oid → element type oid. */
const arrayElementTypes: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1001: 17,
  1003: 19,
  1005: 21,
  1007: 23,
  1009: 25,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1115: 1114,
  1182: 1082,
  1185: 1184,
  1231: 1700,
  2951: 2950,
  3807: 3802,
};

/** The parser of a type oid, the same on both engines. */
export function columnParserFor(oid: number): ColumnParser {
  const element = arrayElementTypes[oid];
  if (element === undefined) return columnParsers[oid] ?? String;
  const parseElement = columnParsers[element] ?? String;
  return (text) => mapElements(parseTextArray(text), parseElement);
}

/** `pg`'s own parser of `text[]`, which knows the quoting; the typings of its generic parser do not match it. */
const textArrayType: number = 1009;
const parseTextArray: ColumnParser = pg.types.getTypeParser(textArrayType);

function mapElements(value: unknown, parseElement: ColumnParser): unknown {
  if (Array.isArray(value)) return value.map((element) => mapElements(element, parseElement));
  return value === null ? null : parseElement(String(value));
}
