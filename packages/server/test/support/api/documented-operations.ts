/** The server's operations as its own OpenAPI document tells them: what the tests over every route are made from. */

import type { ApiClient } from './api-client.ts';
import { succeed } from './sample-case.ts';

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
}

export interface Operation {
  readonly operationId: string;
  /** In upper case. */
  readonly method: string;
  /** With `{parameters}`. */
  readonly path: string;
  /** What the bearer must be allowed to do; undefined without a bearer. */
  readonly scope: string | undefined;
  /** Who may call: anybody, a bearer, a client of the claims API, or a client with a linked account. */
  readonly credentials: 'none' | 'bearer' | 'client' | 'account';
  readonly parameters: readonly Parameter[];
  /** Schemas of a JSON body, with `$ref`s into the document; undefined when it takes none or raw bytes. */
  readonly body: JsonSchema | undefined;
  /** By status, the codes of the errors it says it may answer. */
  readonly errorCodes: Readonly<Record<string, readonly string[]>>;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, readonly string[] | undefined>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: MediaTypes };
  readonly responses?: Readonly<Record<string, { readonly content?: MediaTypes }>>;
}

type MediaTypes = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export async function readOpenApi(client: ApiClient): Promise<OpenApiDocument> {
  return succeed(await client.call('GET', '/openapi.json'));
}

export function operationsOf(document: OpenApiDocument): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      operationId: described.operationId,
      method: method.toUpperCase(),
      path,
      scope: described.security?.[0]?.bearer?.[0],
      credentials: credentialsOf(described),
      parameters: described.parameters ?? [],
      body: described.requestBody?.content['application/json']?.schema,
      errorCodes: Object.fromEntries(
        Object.entries(described.responses ?? {}).map(([status, response]) => [status, codesOf(response)]),
      ),
    })),
  );
}

function credentialsOf({ security }: DescribedOperation): Operation['credentials'] {
  // Without a requirement of its own an operation has the document's: a bearer.
  const [schemes] = security ?? [{ bearer: [] }];
  if (schemes === undefined) return 'none';
  if ('AccessToken' in schemes) return 'account';
  return 'ClientSecret' in schemes ? 'client' : 'bearer';
}

/** As `operationsOf` of the server's document. */
export async function documentedOperations(client: ApiClient): Promise<readonly Operation[]> {
  return operationsOf(await readOpenApi(client));
}

function codesOf(response: { readonly content?: MediaTypes }): readonly string[] {
  const codes = response.content?.['application/json']?.schema['x-error-codes'];
  return Array.isArray(codes) ? codes.map(String) : [];
}

/** The path with its parameters filled in; what `ids` does not name becomes an id that nobody has. */
export function pathOf(operation: Operation, ids: Readonly<Record<string, string>> = {}): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? unknownIdLike(`${name}_`));
}

/** Nobody's, and of the same kind as the given one. */
export function unknownIdLike(id: string): string {
  return `${id.split('_')[0]}_01kkm280m0${'0'.repeat(16)}`;
}

/**
 * Every place of an operation where a client can name a thing by its id: path parameters, fields of the body whose
 * name ends in `Id`, `Ids` or `_id`, cursors, idempotency keys, and file answers inside a questionnaire response.
 */
export function idPositions(operation: Operation, document: OpenApiDocument): readonly string[] {
  const positions = operation.parameters.flatMap(({ in: place, name }) => {
    if (place === 'path') return [`path ${name}`];
    if (place === 'query' && name === 'cursor') return ['cursor'];
    return place === 'header' && name === 'Idempotency-Key' ? ['idempotency key'] : [];
  });
  const fields = new Set(operation.body === undefined ? [] : bodyFields(operation.body, document, ''));
  for (const field of fields) {
    if (/(Ids?|_id)(\[\])?$/.test(field)) positions.push(`body ${field}`);
    if (field === 'questionnaireResponse') positions.push('body valueAttachment.url');
  }
  return positions;
}

function bodyFields(schema: JsonSchema, document: OpenApiDocument, prefix: string): string[] {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return bodyFields(document.components.schemas[name] ?? {}, document, prefix);
  }
  const fields: string[] = [];
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    for (const branch of asSchemas(schema[keyword])) fields.push(...bodyFields(branch, document, prefix));
  }
  for (const [name, inner] of Object.entries(asSchema(schema.properties))) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    fields.push(path, ...bodyFields(asSchema(inner), document, path));
  }
  if (schema.items !== undefined) fields.push(...bodyFields(asSchema(schema.items), document, prefix));
  return fields;
}

function asSchema(value: unknown): JsonSchema {
  // An OpenAPI document holds an object wherever this is asked.
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
}

function asSchemas(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value.map(asSchema) : [];
}
