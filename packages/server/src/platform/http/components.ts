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

const constantNames = new Set<string>();

/**
 * As `component`, for objects that are never changed once made, such as what comes out of the catalog: a response
 * that carries one writes its bytes once and keeps them with it.
 */
export function constantComponent<T extends TSchema>(name: string, schema: T): TUnsafe<Static<T>> {
  constantNames.add(name);
  return component(name, schema);
}

/** Whether a schema is nothing but a reference to a constant component. */
export function isConstantReference(schema: unknown): boolean {
  const name =
    typeof schema === 'object' && schema !== null && '$ref' in schema ? referredName(schema.$ref) : undefined;
  return name !== undefined && constantNames.has(name);
}

/** The schema that a bare reference stands for; any other schema as it is. */
export function referredSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const name = referredName(schema.$ref);
  return name === undefined ? schema : getNamedSchema(name);
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
