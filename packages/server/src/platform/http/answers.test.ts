import type { OutgoingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { errorCodes, PrecertError } from '../errors.ts';
import { createLogger, type LogLevel } from '../observability/logger.ts';
import type { HttpServer } from './create-http-server.ts';
import { asPrecertError } from './error-translation.ts';
import { flatErrorRenderings, renderFlatError } from './flat-error-envelope.ts';
import { headerValues, singleHeader } from './request-headers.ts';
import { createDemoServer, type DemoServerOptions, listen } from './testing/demo-server.ts';
import { exchange } from './testing/raw-connection.ts';

let app: HttpServer | undefined;
afterEach(() => app?.close());

function start(options?: DemoServerOptions): HttpServer {
  app = createDemoServer(options);
  return app;
}

function capture(level: LogLevel): {
  logger: ReturnType<typeof createLogger>;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  const written: string[] = [];
  const logger = createLogger({ level, destination: { write: (line: string) => written.push(line) } });
  return { logger, lines: () => written.map((line) => JSON.parse(line)), text: () => written.join('') };
}

describe('the error map', () => {
  test('has the statuses of the contract', () => {
    const byStatus = (status: number): string[] =>
      errorCodes.filter((code) => flatErrorRenderings[code].status === status);
    expect(byStatus(400)).toEqual(['validation_error', 'invalid_cursor', 'questionnaire_item_not_enabled']);
    expect(byStatus(401)).toEqual(['unauthorized']);
    expect(byStatus(403)).toEqual(['insufficient_permissions', 'download_link_invalid', 'login_required']);
    expect(byStatus(404).slice(0, 5)).toEqual([
      'unsupported_case',
      'authorization_not_found',
      'action_not_found',
      'attachment_not_found',
      'file_not_found',
    ]);
    expect(byStatus(409)).toHaveLength(28);
    expect(errorCodes.filter((code) => flatErrorRenderings[code].retryable)).toEqual([
      'idempotency_request_in_progress',
      'rate_limited',
      'service_unavailable',
    ]);
  });

  test('renders details and issues only where there are any, and never the cause', () => {
    const bare = renderFlatError(
      new PrecertError('file_not_found', 'No such file.', { cause: new Error('secret') }),
      'r1',
    );
    expect(bare).toEqual({
      status: 404,
      headers: {},
      body: { code: 'file_not_found', message: 'No such file.', requestId: 'r1', retryable: false },
    });
    const full = renderFlatError(
      new PrecertError('rate_limited', 'Slow down.', {
        details: { a: 1 },
        issues: [{ field: 'f', code: 'c', message: 'm' }],
        retryAfterSeconds: 1.2,
      }),
      'r2',
    );
    expect(full).toMatchObject({
      status: 429,
      headers: { 'retry-after': '2' },
      body: { details: { a: 1 }, issues: [{ field: 'f' }], retryable: true },
    });
    expect(renderFlatError(new PrecertError('unauthorized', 'No.'), 'r3').headers).toEqual({
      'www-authenticate': 'Bearer',
    });
    expect(
      renderFlatError(new PrecertError('idempotency_request_in_progress', 'Wait.'), 'r4').headers,
    ).toEqual({ 'retry-after': '1' });
  });

  test('lets another room name its own failures, after ours', () => {
    const translate = (error: unknown) =>
      error === 'lost' ? new PrecertError('service_unavailable', 'Later.') : undefined;
    expect(asPrecertError('lost', translate).code).toBe('service_unavailable');
    expect(asPrecertError(new PrecertError('not_found', 'x'), translate).code).toBe('not_found');
    expect(asPrecertError(undefined, translate).code).toBe('internal_error');
  });
});

describe('a failure nobody foresaw', () => {
  test('is a 500 that says nothing about itself, logged under its request id without its message', async () => {
    const log = capture('info');
    const response = await start({ logger: log.logger }).inject({
      url: '/v1/failures/x?memberId=W999',
      headers: { 'x-request-id': 'mine-1', authorization: 'Bearer canary' },
    });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({
      code: 'internal_error',
      message: 'The server could not process the request.',
      requestId: 'mine-1',
      retryable: false,
    });
    const [failure, answered] = log.lines();
    expect(failure).toMatchObject({
      level: 'error',
      subsystem: 'http',
      requestId: 'mine-1',
      code: 'internal_error',
      err: { cause: { type: 'Error' } },
    });
    expect(JSON.stringify(failure)).toContain('demo-server.ts');
    expect(answered).toMatchObject({
      method: 'GET',
      route: '/v1/failures/:code',
      operationId: 'fail',
      status: 500,
      requestId: 'mine-1',
    });
    expect(log.text()).not.toMatch(/Jane|W123|W999|canary/);
  });

  test('keeps its Retry-After when it was foreseen', async () => {
    const response = await start().inject('/v1/failures/precert');
    expect([response.statusCode, response.headers['retry-after'], response.json().retryable]).toEqual([
      503,
      '8',
      true,
    ]);
  });

  test('of a response that does not follow its schema is a 500 in tests', async () => {
    const widget = { id: '1', kind: 'gear', part: null, parts: null, count: null, resource: null } as const;
    // The wrong value stands for a mapping mistake that the types did not catch.
    const broken = { ...widget, id: null } as unknown as typeof widget & { id: string };
    expect((await start({ widget: broken }).inject('/v1/widgets/1')).statusCode).toBe(500);
  });
});

describe('responses', () => {
  const part = { id: 'p1', madeAt: '2026-03-13T17:00:00.000Z' };
  const widget = {
    id: '1',
    kind: 'gear' as const,
    part,
    parts: [part, { id: 'p2', madeAt: null }],
    count: 3,
    resource: { a: [{ b: null }] },
  };

  test('leave out what the schema does not name, at every depth, but not in opaque JSON', async () => {
    const leaky = { ...widget, secret: 1, part: { ...part, secret: 1 }, parts: [{ ...part, secret: 1 }] };
    const response = await start({ widget: leaky }).inject('/v1/widgets/1');
    expect(response.json()).toEqual({ ...widget, parts: [part] });
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  test.each([[true], [false]])(
    'write null where null is allowed (responses checked: %s)',
    async (checkResponses) => {
      const empty = { id: '1', kind: 'gear' as const, part: null, parts: null, count: null, resource: null };
      expect((await start({ widget: empty, checkResponses }).inject('/v1/widgets/1')).json()).toEqual(empty);
      await app?.close();
      expect((await start({ widget, checkResponses }).inject('/v1/widgets/1')).json()).toEqual(widget);
    },
  );
});

describe('request ids', () => {
  const idOf = async (sent: string | undefined): Promise<unknown> => {
    const headers: OutgoingHttpHeaders = sent === undefined ? {} : { 'x-request-id': sent };
    return (await (app ?? start()).inject({ url: '/v1/pages', headers })).headers['x-request-id'];
  };

  test('that are harmless are repeated, others replaced', async () => {
    start();
    for (const id of ['a', 'A.b_c-1', 'x'.repeat(128)]) expect(await idOf(id)).toBe(id);
    for (const id of [undefined, '', 'x'.repeat(129), 'a b', 'a"b', 'é', 'a/b'])
      expect(await idOf(id)).toMatch(/^req_[0-9a-f]{32}$/);
    expect(await idOf(undefined)).not.toBe(await idOf(undefined));
  });

  test('that come twice are replaced', async () => {
    const port = await listen(start());
    const answer = await exchange(
      port,
      'GET /v1/pages HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\nX-Request-Id: b\r\n\r\n',
    );
    expect(answer?.headers.get('x-request-id')).toMatch(/^req_/);
  });
});

test('every kind of answer carries the security headers and none tells the software', async () => {
  const server = start();
  const answers = await Promise.all([
    server.inject('/v1/pages'),
    server.inject('/v1/nothing'),
    server.inject({ method: 'PATCH', url: '/v1/widgets' }),
    server.inject('/v1/%zz'),
    server.inject('/v1/failures/x'),
    server.inject({ method: 'DELETE', url: '/v1/widgets/1' }),
    server.inject({
      method: 'POST',
      url: '/v1/echo',
      headers: { 'content-type': 'text/plain' },
      payload: 'x',
    }),
    server.inject({ method: 'HEAD', url: '/v1/pages' }),
    server.inject('/openapi.json'),
    server.inject('/docs'),
  ]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['cache-control']).toMatch(/^no-(store|cache)$/);
    expect(headers['x-request-id']).toBeDefined();
    const names = Object.keys(headers).join(' ');
    expect(names).not.toMatch(/server|x-powered-by|access-control/);
  }
});

describe('headers sent more than once', () => {
  const request = (...rawHeaders: string[]) => ({ raw: { rawHeaders } });

  test('give one value only when it is the same', () => {
    expect(singleHeader(request('A', '1'), 'x')).toBeUndefined();
    expect(singleHeader(request('If-Match', '"1"', 'a', 'b'), 'if-match')).toBe('"1"');
    expect(singleHeader(request('if-match', '"1"', 'IF-MATCH', '"1"'), 'If-Match')).toBe('"1"');
    expect(
      headerValues(request('authorization', 'a', 'x', 'y', 'Authorization', 'b'), 'Authorization'),
    ).toEqual(['a', 'b']);
    expect(() => singleHeader(request('If-Match', '"1"', 'If-Match', '"2"'), 'If-Match')).toThrow(
      expect.objectContaining({
        code: 'validation_error',
        issues: [expect.objectContaining({ field: 'If-Match' })],
      }),
    );
  });

  test('with different values are 400 on a real connection', async () => {
    const port = await listen(start());
    const body = '{"patient":{"name":"J","identifiers":[{"type":"mrn","value":"1"}]}}';
    const send = (keys: string) =>
      exchange(
        port,
        `POST /v1/widgets HTTP/1.1\r\nHost: x\r\n${keys}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    expect((await send('Idempotency-Key: a\r\nIdempotency-Key: b\r\n'))?.status).toBe(400);
    const same = await send('Idempotency-Key: a\r\nIdempotency-Key: a\r\n');
    expect([same?.status, JSON.parse(same?.body ?? '').key]).toEqual([201, 'a']);
  });
});

describe('the request log', () => {
  test('names method, template, status and operation, and nothing that was sent', async () => {
    const log = capture('info');
    const server = start({ logger: log.logger });
    await server.inject('/v1/widgets?name=Canary');
    await server.inject({
      method: 'POST',
      url: '/v1/widgets?x=Canary',
      headers: { cookie: 'Canary' },
      payload: { patient: { name: 'Canary' } },
    });
    await server.inject('/nothing/Canary');
    await server.inject('/openapi.json');
    expect(
      log.lines().map(({ method, route, status, operationId }) => [method, route, status, operationId]),
    ).toEqual([
      ['GET', '/v1/widgets', 200, 'listWidgets'],
      ['POST', '/v1/widgets', 400, 'createWidget'],
      ['GET', 'unmatched', 404, undefined],
    ]);
    expect(log.text()).not.toContain('Canary');
  });

  test('of probes and documents is at debug, and silent means silent', async () => {
    const log = capture('debug');
    await start({ logger: log.logger }).inject('/openapi.json');
    expect(log.lines()).toMatchObject([{ level: 'debug', route: '/openapi.json' }]);
    await app?.close();
    const silent = capture('silent');
    await start({ logger: silent.logger }).inject('/v1/failures/x');
    expect(silent.text()).toBe('');
  });
});
