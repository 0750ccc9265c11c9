import { type Static, type TSchema, type TUnsafe, Type } from 'typebox';

/**
 * Schemas that stand under their own name in `openapi.json` (`#/components/schemas/<name>`). They are module
 * constants, so they are known before any server exists; every server takes what its routes refer to.
 */
const namedSchemas = new Map<string, TSchema>();

/**
 * Names a schema and returns a typed reference to it, usable wherever a schema is.
 * @throws Error when another schema already has the name.
 */
export function component<T extends TSchema>(name: string, schema: T): TUnsafe<Static<T>> {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) throw new Error(`Component name ${name} is not in PascalCase.`);
  const known = namedSchemas.get(name);
  if (known !== undefined && known !== schema) throw new Error(`Two schemas are called ${name}.`);
  namedSchemas.set(name, schema);
  return Type.Unsafe<Static<T>>({ $ref: `${name}#` });
}

/** The schema behind a name, with the name as its `$id`. */
export function getNamedSchema(name: string): Record<string, unknown> & { $id: string } {
  const schema = namedSchemas.get(name);
  if (schema === undefined) throw new Error(`No component is called ${name}.`);
  return { ...schema, $id: name };
}

/** Names of all components that a schema refers to, directly or through other components, in sorted order. */
export function namesReferredTo(schema: unknown): string[] {
  const names = new Set<string>();
  collectNames(schema, names);
  return [...names].sort();
}

function collectNames(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const name = '$ref' in value ? referredName(value.$ref) : undefined;
  if (name !== undefined && !names.has(name)) {
    names.add(name);
    collectNames(getNamedSchema(name), names);
  }
  for (const inner of Object.values(value)) collectNames(inner, names);
}

function referredName(reference: unknown): string | undefined {
  return typeof reference === 'string' ? /^([A-Z][A-Za-z0-9]*)#$/.exec(reference)?.[1] : undefined;
}
