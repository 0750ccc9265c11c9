import fastJsonStringify from 'fast-json-stringify';
import { getNamedSchema, isConstantReference, namesReferredTo, referredSchema } from './components.ts';
import { forSerializer } from './serializer-schema.ts';

type JsonSchema = Record<string, unknown>;

/** Text, or UTF-8 bytes where parts of the response were written before. */
export type Serialize = (value: unknown) => string | Buffer;

/**
 * Writes values by a response schema: fields that the schema does not name are left out. Fields of constant components
 * are put in as the bytes kept with them: of a case 11 KB of 15 are its template's questionnaire, and writing those
 * anew and encoding them as UTF-8 took two fifths of a read.
 */
export function compileSerializer(schema: JsonSchema): Serialize {
  const runs = fieldRuns(referredSchema(schema));
  return runs.length > 1 ? joined(runs.map(compileRun)) : compileText(schema);
}

/** Neighbouring fields that are written together, or one constant field alone. */
type FieldRun = readonly (readonly [name: string, schema: unknown])[];

function fieldRuns({ properties }: JsonSchema): readonly FieldRun[] {
  const runs: [name: string, schema: unknown][][] = [];
  let isOpen = false;
  for (const field of Object.entries(properties ?? {})) {
    const isConstant = isConstantReference(field[1]);
    if (isOpen && !isConstant) runs.at(-1)?.push(field);
    else runs.push([field]);
    isOpen = !isConstant;
  }
  return runs;
}

/** Writes members of an object without its braces; nothing when all are absent. */
type WriteMembers = (value: object) => Buffer | undefined;

function compileRun(run: FieldRun): WriteMembers {
  const [first] = run;
  if (first !== undefined && isConstantReference(first[1])) return constantMember(first[0]);
  const serialize = compileText({ type: 'object', properties: Object.fromEntries(run) });
  return (value) => {
    const text = serialize(value);
    return text === '{}' ? undefined : Buffer.from(text.slice(1, -1));
  };
}

function constantMember(name: string): WriteMembers {
  const kept = new WeakMap<object, Buffer>();
  return (value) => {
    const constant: unknown = Reflect.get(value, name);
    if (constant === undefined) return undefined;
    const known = typeof constant === 'object' && constant !== null ? kept.get(constant) : undefined;
    const bytes = known ?? Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(constant)}`);
    if (typeof constant === 'object' && constant !== null) kept.set(constant, bytes);
    return bytes;
  };
}

const openBrace = Buffer.from('{');
const closeBrace = Buffer.from('}');
const comma = Buffer.from(',');

function joined(writers: readonly WriteMembers[]): Serialize {
  return (value) => {
    const parts: Buffer[] = [];
    for (const write of writers) {
      const members = write(Object(value));
      if (members !== undefined) parts.push(parts.length === 0 ? openBrace : comma, members);
    }
    return Buffer.concat([...(parts.length === 0 ? [openBrace] : parts), closeBrace]);
  };
}

function compileText(schema: JsonSchema): (value: unknown) => string {
  const components = namesReferredTo(schema).map((name) => [name, forSerializer(getNamedSchema(name))]);
  return fastJsonStringify(forSerializer(schema), { schema: Object.fromEntries(components) });
}
