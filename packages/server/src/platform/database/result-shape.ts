import { type ColumnParser, columnParserFor } from './column-values.ts';

/** Names and parsers of a statement's columns, made once of what the server describes. */
export interface ResultShape {
  readonly names: readonly string[];
  readonly parsers: readonly ColumnParser[];
}

export const noColumns: ResultShape = { names: [], parsers: [] };

export function shapeOf(
  fields: readonly { readonly name: string; readonly dataTypeID: number }[],
): ResultShape {
  return {
    names: fields.map((field) => field.name),
    parsers: fields.map((field) => columnParserFor(field.dataTypeID)),
  };
}

/** One row of text fields as an object. @throws what a parser throws */
export function rowOf(
  { names, parsers }: ResultShape,
  fields: readonly (string | null)[],
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index += 1) {
    const text = fields[index];
    row[names[index] ?? ''] = text === null || text === undefined ? null : parsers[index]?.(text);
  }
  return row;
}

/** Rows that a command says it touched: `INSERT 0 3`, `UPDATE 3`, `SELECT 3`. */
export function touchedBy(commandTag: string): number {
  return Number(/(?<!\d)\d+$/.exec(commandTag)?.[0] ?? 0);
}
