import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpServer } from './create-http-server.ts';
import { exportOpenApi } from './openapi.ts';
import { createDemoServer } from './testing/demo-server.ts';

interface Operation {
  readonly operationId: string;
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Record<string, { readonly schema: unknown }>;
  };
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: unknown;
  }[];
  readonly responses: Record<
    string,
    {
      readonly description: string;
      readonly headers: object;
      readonly content?: Record<string, { schema: unknown }>;
    }
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

let app: HttpServer;
let document: Document;

beforeAll(async () => {
  app = createDemoServer();
  document = (await app.inject('/openapi.json')).json();
});
afterAll(() => app.close());

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 and is the same however often it is made', async () => {
    const other = createDemoServer();
    expect(document.openapi).toBe('3.1.0');
    expect(await exportOpenApi(other)).toBe(await exportOpenApi(app));
    expect(JSON.parse(await exportOpenApi(app))).toEqual(document);
    await other.close();
  });

  test('names every component, sorted, and leaves no generated name', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).toEqual(
      ['DemoPart', 'DemoWidgetPage', 'Error', 'ErrorIssue', 'Pagination']
        .concat('DemoPlaceInput', 'DemoWidget')
        .sort(),
    );
    expect(JSON.stringify(document)).not.toMatch(/def-\d|Inline\d|#"/);
  });

  test('resolves every reference', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g);
    const components: Record<string, Record<string, unknown>> = JSON.parse(
      JSON.stringify(document.components),
    );
    const unresolved = [...references].filter(
      ([, kind = '', name = '']) => components[kind]?.[name] === undefined,
    );
    expect(unresolved).toEqual([]);
  });

  test('describes each served route that is not hidden, once, without HEAD', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.entries(path));
    expect(operations.map(([method]) => method)).not.toContain('head');
    expect(operations.map(([, { operationId }]) => operationId).sort()).toEqual(
      [
        'createEvent',
        'createWidget',
        'deleteWidget',
        'echo',
        'fail',
        'listPages',
        'listWidgets',
        'putContent',
        'slow',
        'submitWidget',
      ].sort(),
    );
    expect(Object.keys(document.paths)).not.toContain('/docs');
  });

  test('gives query parameters their real types and headers their usual spelling', () => {
    const list = document.paths['/v1/widgets']?.get;
    expect(list?.parameters?.find(({ name }) => name === 'limit')).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 25 },
    });
    expect(list?.parameters?.find(({ name }) => name === 'state')?.schema).toMatchObject({ type: 'array' });
    const create = document.paths['/v1/widgets']?.post;
    expect(create?.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header', required: false }]);
  });

  test('lists the codes of each error status and points to the envelope', () => {
    const responses = document.paths['/v1/widgets']?.post?.responses ?? {};
    expect(Object.keys(responses)).toEqual([
      '201',
      '400',
      '401',
      '403',
      '408',
      '409',
      '413',
      '415',
      '429',
      '500',
      '503',
    ]);
    expect(responses['409']?.content?.['application/json']?.schema).toEqual({
      'x-error-codes': ['version_conflict', 'idempotency_request_in_progress'],
      allOf: [
        { $ref: '#/components/schemas/Error' },
        {
          type: 'object',
          properties: {
            code: { type: 'string', enum: ['version_conflict', 'idempotency_request_in_progress'] },
          },
        },
      ],
    });
    expect(responses['409']?.headers).toHaveProperty('Retry-After');
    expect(responses['400']?.headers).not.toHaveProperty('Retry-After');
  });

  test('tells required, optional and binary bodies apart, and responses without one', () => {
    expect(document.paths['/v1/widgets']?.post?.requestBody?.required).toBe(true);
    expect(document.paths['/v1/widgets/{id}/submit']?.post?.requestBody?.required).toBe(false);
    expect(Object.keys(document.paths['/v1/widgets/{id}/content']?.put?.requestBody?.content ?? {})).toEqual([
      '*/*',
    ]);
    expect(document.paths['/v1/widgets/{id}']?.delete?.responses['204']).not.toHaveProperty('content');
    expect(document.paths['/v1/pages']?.get?.responses['200']?.description).toBe('One page.');
  });
});

describe('the reference page', () => {
  test('loads scripts from this server alone and forbids every other source', async () => {
    const response = await app.inject('/docs');
    const policy = String(response.headers['content-security-policy']);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("script-src 'self';");
    expect(response.body).not.toMatch(/https?:/);
    for (const [, path = ''] of response.body.matchAll(/src="([^"]+)"/g)) {
      const script = await app.inject(path);
      expect([path, script.statusCode, script.headers['content-type']]).toEqual([
        path,
        200,
        'text/javascript; charset=utf-8',
      ]);
    }
  });

  test('starts the reference without fonts, telemetry or proxy from elsewhere', async () => {
    const { body } = await app.inject('/docs/start.js');
    expect(body).toContain('"withDefaultFonts":false');
    expect(body).toContain('"telemetry":false');
    expect(body).not.toContain('proxyUrl');
    expect((await app.inject('/docs/reference.js')).body.length).toBeGreaterThan(1_000_000);
  });
});
