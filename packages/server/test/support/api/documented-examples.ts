/** Every example an OpenAPI document shows, with where its schema stands. */

export interface DocumentedExample {
  /** JSON pointer to the schema the example must follow. */
  readonly schemaPointer: string;
  readonly value: unknown;
}

/** Of parameters and bodies (`example`, named `examples`), and of schemas (a list of `examples`). */
export function documentedExamples(node: unknown, pointer = ''): readonly DocumentedExample[] {
  if (typeof node !== 'object' || node === null) return [];
  // An object of JSON is a record of its own keys.
  const { example, examples, schema } = node as Record<string, unknown>;
  const own: DocumentedExample[] = [];
  const at = schema === undefined ? pointer : `${pointer}/schema`;
  if (example !== undefined) own.push({ schemaPointer: at, value: example });
  for (const value of valuesOf(examples)) own.push({ schemaPointer: at, value });
  const inner = Object.entries(node)
    .filter(([name]) => name !== 'example' && name !== 'examples')
    .flatMap(([name, child]) => documentedExamples(child, `${pointer}/${escaped(name)}`));
  return [...own, ...inner];
}

function valuesOf(examples: unknown): readonly unknown[] {
  if (Array.isArray(examples)) return examples;
  if (typeof examples !== 'object' || examples === null) return [];
  return Object.values(examples).map((named: { readonly value: unknown }) => named.value);
}

/** A name inside a JSON pointer inside a URI fragment. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
