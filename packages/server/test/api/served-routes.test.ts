import { type IncomingHttpHeaders, METHODS, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { exchange } from '../../src/platform/http/testing/raw-connection.ts';
import { type Operation, operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { type TestServer, useTestServer } from '../support/api/test-server.ts';

/** The document itself and the page that shows it: what a document need not describe. */
const undocumented = ['GET /docs', 'GET /docs/reference.js', 'GET /docs/start.js', 'GET /openapi.json'];

async function documentedRoutes(server: TestServer): Promise<readonly string[]> {
  const operations = operationsOf(await readOpenApi(await server.newOrganization()));
  return operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
}

/** Every GET is a HEAD too (RFC 9110, 9.1); documents do not say so. */
function withoutHead(routes: readonly string[]): readonly string[] {
  const heads = routes.filter((route) => route.startsWith('HEAD ')).map((route) => route.slice(5));
  const gets = routes.filter((route) => route.startsWith('GET ')).map((route) => route.slice(4));
  expect(heads.toSorted()).toEqual(gets.toSorted());
  return routes.filter((route) => !route.startsWith('HEAD '));
}

/** Of every route that the path fits: the one with a word of its own, and the one with an id in its place. */
function methodsAt(operations: readonly Operation[], path: string): readonly string[] {
  const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return operations.filter((operation) => fits(operation.path)).map(({ method }) => method);
}

/** Node's own client sends every method it knows; `fetch` refuses some. */
function send(
  url: string,
  method: string,
  bearerToken: string,
): Promise<{ readonly status: number | undefined; readonly headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { authorization: `Bearer ${bearerToken}` } });
    sent.on('error', reject).on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    });
    sent.end();
  });
}

describe('a sandbox server', () => {
  const server = useTestServer();

  test('serves the routes it documents, and no other', async () => {
    const served = withoutHead(server().app.http.servedRoutes());
    const documented = await documentedRoutes(server());
    expect(served.toSorted()).toEqual([...documented, ...undocumented].toSorted());
  });

  test('answers every other method of a route with 405, its methods and the security headers', async () => {
    const { bearerToken } = await server().newOrganization();
    const operations = operationsOf(await readOpenApi(await server().newOrganization()));
    for (const path of new Set(operations.map((operation) => pathOf(operation)))) {
      const methods = methodsAt(operations, path);
      const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].toSorted();
      for (const method of METHODS.filter((one) => !allowed.includes(one) && one !== 'CONNECT')) {
        const { status, headers } = await send(`${server().baseUrl}${path}`, method, bearerToken);
        expect([method, path, status, headers.allow]).toEqual([method, path, 405, allowed.join(', ')]);
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    }
  });

  test.each(['FOO', 'get', 'pOST', 'GETS', ''])(
    'answers 400 to the method "%s", which is none',
    async (method) => {
      const answer = await exchange(
        Number(new URL(server().baseUrl).port),
        `${method} /v1/payers HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      expect([answer?.status, answer?.headers.get('cache-control')]).toEqual([400, 'no-store']);
    },
  );
});

describe('a production server', () => {
  const server = useTestServer({ settings: { PRECERT_ENVIRONMENT: 'production' } });

  test('serves the routes it documents, and nothing that plays the payer', async () => {
    const served = withoutHead(server().app.http.servedRoutes());
    const documented = await documentedRoutes(server());
    expect(served.toSorted()).toEqual([...documented, ...undocumented].toSorted());
    expect(served.filter((route) => route.includes('sandbox'))).toEqual([]);
  });
});
