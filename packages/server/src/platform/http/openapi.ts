import { STATUS_CODES } from 'node:http';
import { fastifySwagger } from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { ErrorCode } from '../errors.ts';
import { errorCodesKeyword } from './error-responses.ts';
import { flatErrorRendering } from './flat-error-envelope.ts';

export interface OpenApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  /** Groups of the reference page, in order. */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** Ways to show who one is beside the bearer, by the names that routes' `security` uses. */
  readonly securitySchemes?: Readonly<
    Record<string, { readonly type: 'apiKey'; readonly in: 'header'; readonly name: string }>
  >;
}

type Json = Record<string, unknown>;

/**
 * Describes every route registered after it (in `app.register`) as OpenAPI 3.1, taken from the schemas that validate
 * and write. Every operation needs an `operationId`. Serves the document, public, at `GET /openapi.json`.
 */
export function describeAsOpenApi(app: FastifyInstance, description: OpenApiDescription): void {
  const { servers, tags, securitySchemes = {}, ...info } = description;
  app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [...servers],
      tags: [...tags],
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, ...securitySchemes } },
    },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (schema, _baseUri, _fragment, index) => String(schema.$id ?? `Inline${index}`),
    },
    transform: ({ schema, url, route }) => ({ schema: describedSchema(schema, route.config?.body), url }),
    transformObject: (document) => ('openapiObject' in document ? finish(document.openapiObject) : {}),
  });
  app.register((scope, _options, done) => {
    let text: string | undefined;
    scope.get(
      '/openapi.json',
      { schema: { hide: true }, config: { quiet: true } },
      async (_request, reply) => {
        text ??= JSON.stringify(openApiDocument(app));
        return reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(text);
      },
    );
    done();
  });
}

/** The document, once the server is ready. */
export function openApiDocument(app: FastifyInstance): unknown {
  return app.swagger();
}

/** The document as it is committed: two spaces, names of components in order, a line break at the end. */
export async function exportOpenApi(app: FastifyInstance): Promise<string> {
  await app.ready();
  return `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
}

/** Marks on a route that only `finish` can turn into what the document says. */
const bodyKeyword = 'x-body';
const examplesKeyword = 'x-operation-examples';

function describedSchema(schema: FastifySchema | undefined, body: string | undefined): FastifySchema {
  const marked = { ...schema, [bodyKeyword]: body ?? 'json', [examplesKeyword]: schema?.examples ?? {} };
  return marked;
}

function finish(document: Json): Json {
  for (const path of Object.values(asJson(document.paths))) {
    for (const operation of Object.values(asJson(path))) finishOperation(asJson(operation));
  }
  const components = asJson(document.components);
  const schemas = Object.entries(asJson(components.schemas)).sort(([first], [second]) =>
    first < second ? -1 : 1,
  );
  components.schemas = Object.fromEntries(schemas);
  for (const [, schema] of schemas) addMapping(asJson(schema), asJson(components.schemas));
  components.headers = sharedHeaders;
  const { openapi, info, servers, tags, security, paths } = document;
  return { openapi, info, servers, tags, security, paths, components };
}

/** Which component a value of the discriminating field means. Ajv, which takes the same schema, knows no mapping. */
function addMapping(schema: Json, components: Json): void {
  if (schema.discriminator === undefined) return;
  const discriminator = asJson(schema.discriminator);
  const variants = asList(schema.oneOf);
  if (!variants.every((variant) => '$ref' in variant)) return;
  const entries = variants.map(({ $ref }) => {
    const variant = asJson(components[String($ref).replace('#/components/schemas/', '')]);
    const field = asJson(asJson(variant.properties)[String(discriminator.propertyName)]);
    return [Array.isArray(field.enum) ? field.enum[0] : undefined, $ref];
  });
  schema.discriminator = { ...discriminator, mapping: Object.fromEntries(entries) };
}

const sharedHeaders = {
  RequestId: {
    description: 'Names this request in logs. A valid X-Request-Id of the request is repeated here.',
    schema: { type: 'string', maxLength: 128 },
  },
  RetryAfter: {
    description: 'Seconds to wait before trying again.',
    schema: { type: 'integer', minimum: 0 },
  },
  RateLimitPolicy: {
    description: 'The limits in force: `q` units in `w` seconds each. Absent where there is none.',
    schema: { type: 'string', examples: ['"credential";q=6000;w=60, "organization";q=30000;w=60'] },
  },
  RateLimit: {
    description:
      'About how many units are left of each limit (`r`), and seconds until it is whole again (`t`).',
    schema: { type: 'string', examples: ['"credential";r=5998;t=60, "organization";r=29998;t=12'] },
  },
};

function finishOperation(operation: Json): void {
  const body = operation[bodyKeyword];
  delete operation[bodyKeyword];
  if (body === 'optional' && operation.requestBody !== undefined)
    asJson(operation.requestBody).required = false;
  if (body === 'stream')
    operation.requestBody = {
      required: true,
      content: { '*/*': { schema: { format: 'binary', type: 'string' } } },
    };
  for (const parameter of asList(operation.parameters)) {
    if (parameter.in === 'header') parameter.name = canonicalHeaderName(String(parameter.name));
  }
  const isLimited = !Array.isArray(operation.security) || operation.security.length > 0;
  for (const [status, response] of Object.entries(asJson(operation.responses)))
    finishResponse(status, asJson(response), isLimited);
  const examples = asJson(operation[examplesKeyword]);
  delete operation[examplesKeyword];
  if (examples.request !== undefined) addExamples(operation.requestBody, examples.request);
  for (const [status, named] of Object.entries(asJson(examples.responses ?? {})))
    addExamples(asJson(operation.responses)[status], named);
}

function addExamples(message: unknown, named: unknown): void {
  const media = asJson(asJson(asJson(message).content)['application/json']);
  const entries = Object.entries(asJson(named)).map(([name, value]) => [name, { value }]);
  media.examples = Object.fromEntries(entries);
}

function finishResponse(status: string, response: Json, isLimited: boolean): void {
  // What the plugin writes where nobody described the response.
  if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? 'Success';
  const retryable = responseCodes(response).some((code) => flatErrorRendering(code).retryable);
  response.headers = {
    ...asJson(response.headers ?? {}),
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...(retryable ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    ...(isLimited && /^(2|429)/.test(status) ? rateLimitHeaders : {}),
  };
}

const rateLimitHeaders = {
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
  RateLimit: { $ref: '#/components/headers/RateLimit' },
};

function responseCodes(response: Json): ErrorCode[] {
  const media = asJson(asJson(response.content ?? {})['application/json'] ?? {});
  const codes = asJson(media.schema ?? {})[errorCodesKeyword];
  // Only `errorResponses` writes the keyword, from the catalogue.
  return Array.isArray(codes) ? (codes as ErrorCode[]) : [];
}

/** `idempotency-key` as people write it. */
function canonicalHeaderName(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (text) => text.toUpperCase());
}

function asJson(value: unknown): Json {
  if (typeof value !== 'object' || value === null)
    throw new Error('The OpenAPI document has an unexpected shape.');
  // Objects are records of their own keys.
  return value as Json;
}

function asList(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asJson) : [];
}
