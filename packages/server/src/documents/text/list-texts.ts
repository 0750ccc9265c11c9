/** Every string inside a plain value, for `FontLibrary.prepare`. */
export function* listTexts(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const entry of value) yield* listTexts(entry);
  else if (typeof value === 'object' && value !== null) yield* listTexts(Object.values(value));
}
