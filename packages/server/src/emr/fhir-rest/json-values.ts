/**
 * Careful looks into JSON from outside: what is not as it should be is not there. Own members only, so that no name in
 * an answer can reach a prototype; texts without U+0000 and lone surrogates, which PostgreSQL cannot store.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Longer texts are cut: no name, reason or note of an appointment needs more. */
const maximumTextLength = 2_000;

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The objects of a list member; anything else in it is passed over. */
export function objects(value: unknown, name: string): readonly JsonObject[] {
  const list = member(value, name);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** A text member, trimmed; undefined when it is missing, no text or blank. */
export function text(value: unknown, name: string): string | undefined {
  return cleanText(member(value, name));
}

/** The texts of a list member. */
export function texts(value: unknown, name: string): readonly string[] {
  const list = member(value, name);
  return Array.isArray(list) ? list.map(cleanText).filter((item) => item !== undefined) : [];
}

export function finiteNumber(value: unknown, name: string): number | undefined {
  const found = member(value, name);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** Members that have a value; an optional member is left out rather than undefined. */
export function withoutUndefined<Value extends object>(
  value: Value,
): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  const entries = Object.entries(value).filter(([, found]) => found !== undefined);
  // Only entries of `value` are left, and none of them is undefined.
  return Object.fromEntries(entries) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> };
}

function cleanText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const cleaned = value.slice(0, maximumTextLength).replaceAll('\0', '').toWellFormed().trim();
  return cleaned === '' ? undefined : cleaned;
}
