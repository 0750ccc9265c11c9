import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { FastifyServerOptions } from 'fastify';
import { getNamedSchema, namesReferredTo } from './components.ts';
import { errorCodesKeyword } from './error-responses.ts';
import { addOwnFormats } from './formats.ts';
import { compileSerializer, type Serialize } from './response-serializer.ts';

type JsonSchema = Record<string, unknown>;

/** What Fastify hands to a compiler. */
interface RouteSchema {
  readonly schema?: unknown;
  readonly httpPart?: string;
  readonly method?: string;
  readonly url?: string;
}

type Validate = (value: unknown) => boolean | { error: ValidationFailure };

/** Carries Ajv's errors through Fastify to the error handler. */
export class ValidationFailure extends Error {
  override readonly name = 'ValidationFailure';
  readonly errors: readonly ErrorObject[];

  constructor(errors: readonly ErrorObject[]) {
    super('Request validation failed.');
    this.errors = errors;
  }
}

/**
 * Ajv as we want it. Fastify's own settings coerce and strip: `{"n":"5","x":1}` became `{"n":5}`. All errors are
 * collected, which is bounded by the limits of the JSON parser.
 */
function createAjv(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    discriminator: true,
    addUsedSchema: false,
    keywords: [errorCodesKeyword],
  });
  // The package is CommonJS: under Node's resolution its function sits one level deeper than its types say.
  const addFormats = addFormatsModule as unknown as (instance: Ajv) => void;
  addFormats(ajv);
  addOwnFormats(ajv);
  return ajv;
}

function addComponents(ajv: Ajv, schema: unknown): void {
  for (const name of namesReferredTo(schema)) {
    if (ajv.getSchema(name) === undefined) ajv.addSchema(getNamedSchema(name));
  }
}

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type SerializerFactory = NonNullable<NonNullable<SchemaController['compilersFactory']>['buildSerializer']>;
type ValidatorFactory = NonNullable<NonNullable<SchemaController['compilersFactory']>['buildValidator']>;

/**
 * Fastify's `schemaController` option with our compilers. `setValidatorCompiler` would not do: a scope that registers
 * a schema goes back to the factories given here, by default to the coercing Ajv.
 */
export function schemaCompilers(checkResponses: boolean): SchemaController {
  const compileValidator = createValidatorCompiler();
  const compileForRoute = createSerializerCompiler(checkResponses);
  // The declared type describes Ajv's compile; what Fastify calls is the function for a route's schema.
  const buildValidator = (() => compileValidator) as unknown as ValidatorFactory;
  // As above: its type knows only serializers that write text.
  const buildSerializer = (() => compileForRoute) as unknown as SerializerFactory;
  return { compilersFactory: { buildValidator, buildSerializer } };
}

/** The compiler for request parts, one Ajv for all routes of a server. */
function createValidatorCompiler(): (route: RouteSchema) => Validate {
  const ajv = createAjv();
  return (route) => {
    const declared = asJsonSchema(route.schema);
    const schema = route.httpPart === 'headers' ? withLowerCaseNames(declared) : declared;
    const validate = compileWithComponents(ajv, schema);
    return (value) => validate(value) || { error: new ValidationFailure(validate.errors ?? []) };
  };
}

/** Node gives header names in lower case; routes declare them as people write them. */
function withLowerCaseNames(schema: JsonSchema): JsonSchema {
  const properties = Object.entries(asJsonSchema(schema.properties ?? {}));
  const required = Array.isArray(schema.required)
    ? schema.required.map((name) => String(name).toLowerCase())
    : [];
  return {
    ...schema,
    properties: Object.fromEntries(properties.map(([name, inner]) => [name.toLowerCase(), inner])),
    required,
  };
}

/**
 * The compiler for responses: fields that the schema does not name are left out.
 * @param checkResponses compares what was written with the schema, for tests: the serializer itself turns null into
 *   `""` or `{}` where the schema does not allow it, and does not look at enums.
 */
function createSerializerCompiler(checkResponses: boolean): (route: RouteSchema) => Serialize {
  const ajv = checkResponses ? createAjv() : undefined;
  return (route) => {
    const schema = asJsonSchema(route.schema);
    if (errorCodesKeyword in schema) return (value) => JSON.stringify(value);
    const serialize = compileSerializer(schema);
    return ajv === undefined ? serialize : checked(ajv, schema, serialize, `${route.method} ${route.url}`);
  };
}

/** The check is compiled with the first answer: a test answers by a few routes, and compiling for all takes 0.2 s. */
function checked(ajv: Ajv, schema: JsonSchema, serialize: Serialize, where: string): Serialize {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= compileWithComponents(ajv, schema);
    const plain: unknown = JSON.parse(JSON.stringify(value));
    if (validate(plain)) return serialize(value);
    const faults = (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    throw new Error(`The response of ${where} does not follow its schema: ${faults.slice(0, 10).join('; ')}`);
  };
}

function compileWithComponents(ajv: Ajv, schema: JsonSchema): ValidateFunction {
  addComponents(ajv, schema);
  return ajv.compile(schema);
}

function asJsonSchema(schema: unknown): JsonSchema {
  if (typeof schema !== 'object' || schema === null) throw new Error('A schema must be an object.');
  // Objects are records of their own keys.
  return schema as JsonSchema;
}
