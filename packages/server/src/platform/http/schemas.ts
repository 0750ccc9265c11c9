import type { Readable } from 'node:stream';
import { type Static, type TObject, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox';
import { component } from './components.ts';

/** A JSON object that refuses fields it does not name (`unrecognized_keys`): for request bodies. */
export function strictObject<T extends TProperties>(
  properties: T,
  options: Record<string, unknown> = {},
): TObject<T> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** An enum as `{type: string, enum}`: one clear issue per wrong value, which a union of constants does not give. */
export function stringEnum<const T extends readonly string[]>(
  values: T,
  options: Record<string, unknown> = {},
): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** The schema or null. The field must still be present unless it is also `Type.Optional`. */
export function nullable<T extends TSchema>(schema: T): TUnsafe<Static<T> | null> {
  // Schemas are plain JSON objects to us; TypeBox's type hides their keywords.
  const plain = { ...schema } as Record<string, unknown>;
  if (typeof plain.type !== 'string') return Type.Unsafe({ anyOf: [schema, { type: 'null' }] });
  const values = Array.isArray(plain.enum) ? { enum: [...plain.enum, null] } : {};
  return Type.Unsafe({ ...plain, ...values, type: [plain.type, 'null'] });
}

/** An instant on the wire: RFC 3339 in UTC with milliseconds. */
export function timestamp(options: Record<string, unknown> = {}): TUnsafe<string> {
  return Type.Unsafe<string>({
    type: 'string',
    format: 'date-time',
    examples: ['2026-03-13T17:00:00.000Z'],
    ...options,
  });
}

/** A calendar date on the wire, `YYYY-MM-DD`. */
export function calendarDate(options: Record<string, unknown> = {}): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', format: 'date', examples: ['2026-03-13'], ...options });
}

/** An RFC 3339 timestamp or a calendar date; which of the two is for the caller to see. For requests. */
export function timestampOrDate(options: Record<string, unknown> = {}): TUnsafe<string> {
  return Type.Unsafe<string>({
    type: 'string',
    anyOf: [
      { type: 'string', format: 'date-time' },
      { type: 'string', format: 'date' },
    ],
    examples: ['2026-03-13T17:00:00.000Z'],
    ...options,
  });
}

/** JSON that is written as it is, every field of it: for FHIR resources we carry and do not describe. */
export function opaqueObject<T = Record<string, unknown>>(options: Record<string, unknown> = {}): TUnsafe<T> {
  return Type.Unsafe<T>({ type: 'object', additionalProperties: true, ...options });
}

/**
 * One of several objects, told apart by the constant value of one field. Only the chosen variant's issues are
 * reported. Each variant must require the field and declare it as `stringEnum` with one value, and no variant may
 * be nullable. Components as variants get a `mapping` in `openapi.json`. For request bodies: in responses it costs a validation of the value.
 */
export function discriminatedUnion<const T extends readonly TSchema[]>(
  field: string,
  variants: T,
  options: Record<string, unknown> = {},
): TUnsafe<Static<T[number]>> {
  return Type.Unsafe<Static<T[number]>>({
    type: 'object',
    discriminator: { propertyName: field },
    required: [field],
    oneOf: [...variants],
    ...options,
  });
}

const Pagination = component(
  'Pagination',
  Type.Object(
    {
      hasMore: Type.Boolean(),
      nextCursor: nullable(
        Type.String({ description: 'Pass back unchanged as `cursor`; null on the last page.' }),
      ),
    },
    { description: 'Where a list continues.' },
  ),
);

/** The list envelope `{data, pagination}` (prior-auth.md 1.0), under a name of its own. */
export function pageOf<T extends TSchema>(
  name: string,
  item: T,
): TUnsafe<{ data: Static<T>[]; pagination: Static<typeof Pagination> }> {
  return component(name, Type.Object({ data: Type.Array(item), pagination: Pagination }));
}

export interface ResponseHeader {
  readonly type: 'string';
  readonly description: string;
}

/** A response entry with a description of its own for the reference, and the headers it carries. */
export function described<T extends TSchema>(
  description: string,
  schema: T,
  headers: Readonly<Record<string, ResponseHeader>> = {},
): { description: string; headers: typeof headers; content: { 'application/json': { schema: T } } } {
  return { description, headers, content: { 'application/json': { schema } } };
}

/** A response without a body, such as 204. */
export function emptyResponse(description: string): TUnsafe<null> {
  return Type.Unsafe<null>({ type: 'null', description });
}

/** A response of bytes in whatever type they have; the handler sends a stream. */
export function binaryResponse(description: string): {
  description: string;
  content: { '*/*': { schema: TUnsafe<Readable> } };
} {
  return { description, content: { '*/*': { schema: Type.Unsafe({ type: 'string', format: 'binary' }) } } };
}

/** The body of a POST that takes none: absent, empty or `{}`. Give the route `config: { body: 'optional' }`. */
export const noBody = strictObject({});
