import { Ajv, type ErrorObject, type SchemaObject } from 'ajv';
import type { CatalogProblem } from './catalog-problem.ts';

export type SchemaCheck = (value: unknown, file: string) => readonly CatalogProblem[];

/**
 * A check that takes a file as it stands: nothing is coerced, nothing is stripped, an unknown key is a problem, since
 * it is most often a misspelt one whose rule would silently never apply.
 */
export function compileSchemaCheck(schema: SchemaObject): SchemaCheck {
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    verbose: true,
    allowUnionTypes: true,
  });
  const validate = ajv.compile(schema);
  return (value, file) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => ({ file, path: jsonPath(error), ...explain(error) }));
  };
}

function jsonPath({ instancePath }: ErrorObject): string {
  const parts = instancePath.split('/').slice(1);
  const path = parts.map((part) => {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    return /^\d+$/.test(name) ? `[${name}]` : `.${name}`;
  });
  return path.join('').replace(/^\./, '');
}

function explain({
  keyword,
  params,
  parentSchema,
  schema,
}: ErrorObject): Pick<CatalogProblem, 'message' | 'mend'> {
  switch (keyword) {
    case 'additionalProperties': {
      const known = Object.keys(parentSchema?.properties ?? {}).join(', ');
      return {
        message: `The key "${params.additionalProperty}" is unknown.`,
        mend: `Known keys: ${known}.`,
      };
    }
    case 'required':
      return { message: `The key "${params.missingProperty}" is missing.`, mend: 'Add it.' };
    case 'type':
      return { message: 'The value has the wrong type.', mend: `Make it a JSON ${params.type}.` };
    case 'enum':
      return { message: 'The value is none of those allowed.', mend: `Use one of: ${listValues(schema)}.` };
    case 'pattern':
      return { message: 'The text is not written as it must be.', mend: mendOf(parentSchema) };
    case 'minItems':
      return { message: 'The list is too short.', mend: `Give at least ${params.limit}.` };
    case 'uniqueItems':
      return { message: 'The list names something twice.', mend: 'Name each entry once.' };
    case 'minLength':
      return { message: 'The text is empty.', mend: 'Write something, or remove the key.' };
    default:
      return { message: `The value breaks the rule "${keyword}".`, mend: mendOf(parentSchema) };
  }
}

function listValues(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : '';
}

/** Schemas say in `description` how a value is written. */
function mendOf(schema: Readonly<Record<string, unknown>> | undefined): string {
  return typeof schema?.description === 'string'
    ? `Write ${schema.description}.`
    : 'Write it as the format page says.';
}
