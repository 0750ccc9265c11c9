import type { TSchemaOptions } from 'typebox';
import { Type } from 'typebox';

/** An object that knows all its keys. */
export function strictObject<T extends Type.TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

/** `{type: string, enum}` rather than a union of literals, so that one wrong value is one problem. */
export function oneOf(values: readonly string[]) {
  return Type.Unsafe<string>({ type: 'string', enum: [...values] });
}

/** Text of a fixed form; `written` completes the sentence "Write …". */
export function textLike(pattern: string, written: string) {
  return Type.String({ pattern, description: written });
}

export function listOf<T extends Type.TSchema>(items: T, options: TSchemaOptions = {}) {
  return Type.Array(items, { uniqueItems: true, ...options });
}

export const someText = Type.String({ minLength: 1 });
export const kebabCase = textLike('^[a-z0-9]+(-[a-z0-9]+)*$', 'lower-case words joined by dashes');
export const calendarDate = textLike('^\\d{4}-\\d{2}-\\d{2}$', 'a date as YYYY-MM-DD');

export const channelSchema = strictObject({
  kind: oneOf(['fax', 'portal', 'phone']),
  address: Type.Optional(someText),
});
