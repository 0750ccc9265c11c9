import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HttpServer } from './create-http-server.ts';
import { createDemoServer, createGate, listen } from './testing/demo-server.ts';
import { exchange, type RawAnswer, RawConnection } from './testing/raw-connection.ts';

let app: HttpServer;
let port: number;
beforeAll(async () => {
  app = createDemoServer();
  port = await listen(app);
});
afterAll(() => app.close());

const host = 'Host: localhost\r\n';

function expectEnvelope(answer: RawAnswer | undefined, status: number, code: string): void {
  expect([answer?.status, answer?.headers.get('content-type')]).toEqual([
    status,
    'application/json; charset=utf-8',
  ]);
  const body = JSON.parse(answer?.body ?? '{}');
  expect(body).toMatchObject({ code, requestId: answer?.headers.get('x-request-id') });
  expect(body.requestId).toMatch(/^req_[0-9a-f]{32}$/);
  expect(answer?.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer?.headers.get('cache-control')).toBe('no-store');
}

describe('requests whose framing is ambiguous or broken are refused and the connection closed', () => {
  test.each([
    [
      'Content-Length with Transfer-Encoding',
      `POST /v1/echo HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `POST /v1/echo HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
    ['a length that is no number', `POST /v1/echo HTTP/1.1\r\n${host}Content-Length: +4\r\n\r\nabcd`],
    [
      'an unknown transfer coding last',
      `POST /v1/echo HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    [
      'an obfuscated transfer coding',
      `POST /v1/echo HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a transfer coding before chunked',
      `POST /v1/echo HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a transfer coding in a line of its own',
      `POST /v1/echo HTTP/1.1\r\n${host}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunked twice',
      `POST /v1/echo HTTP/1.1\r\n${host}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a control character before the coding',
      `POST /v1/echo HTTP/1.1\r\n${host}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a transfer coding in HTTP/1.0',
      `POST /v1/echo HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['the same length twice', `POST /v1/echo HTTP/1.1\r\n${host}Content-Length: 2, 2\r\n\r\n{}`],
    ['two hosts', `GET /v1/widgets HTTP/1.1\r\n${host}Host: elsewhere\r\n\r\n`],
    ['a header without a colon', `GET /v1/widgets HTTP/1.1\r\n${host}garbage\r\n\r\n`],
    ['bare line feeds', `GET /v1/widgets HTTP/1.1\nHost: localhost\n\n`],
    ['a space before the colon', `GET /v1/widgets HTTP/1.1\r\n${host}X-A : 1\r\n\r\n`],
    ['a folded header', `GET /v1/widgets HTTP/1.1\r\n${host}X-A: 1\r\n 2\r\n\r\n`],
    ['a NUL in a header', `GET /v1/widgets HTTP/1.1\r\n${host}X-A: a\0b\r\n\r\n`],
    ['a bare carriage return in a header', `GET /v1/widgets HTTP/1.1\r\n${host}X-A: a\rb\r\n\r\n`],
    ['a method in lower case', `post /v1/widgets HTTP/1.1\r\n${host}\r\n`],
    ['another protocol', `GET /v1/widgets HTTPS/1.1\r\n${host}\r\n`],
    ['a space in the target', `GET /v1/wid gets HTTP/1.1\r\n${host}\r\n`],
    ['no Host', 'GET /v1/widgets HTTP/1.1\r\n\r\n'],
  ])('%s', async (_name, bytes) => {
    const connection = new RawConnection(port).send(bytes);
    const [answer] = await connection.answers(1);
    expectEnvelope(answer, 400, 'validation_error');
    await connection.closed;
  });

  test('a broken chunk in the middle of a body is answered once', async () => {
    const connection = new RawConnection(port).send(
      `POST /v1/echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n`,
    );
    await connection.closed;
    const answers = await connection.answers(1);
    expect(answers).toHaveLength(1);
    expectEnvelope(answers[0], 400, 'validation_error');
  });

  test.each([
    ['a size that is not hexadecimal', '0x2\r\n{}\r\n'],
    ['a size below zero', '-2\r\n{}\r\n'],
    ['a size beyond all numbers', 'FFFFFFFFFFFFFFFFF\r\n{}\r\n'],
    ['a space behind the size', '2 \r\n{}\r\n'],
    ['a bare line feed behind the size', '2\n{}\r\n'],
    ['a bare line feed behind the data', '2\r\n{}\n'],
    ['a bare line feed in an extension', '2;a\nb\r\n{}\r\n'],
    ['an extension of 100 KB', `2;${'a'.repeat(100_000)}\r\n{}\r\n`],
    ['a length in the trailers', '2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n'],
  ])('chunks with %s', async (_name, chunks) => {
    const connection = new RawConnection(port).send(
      `POST /v1/echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    );
    expectEnvelope((await connection.answers(1))[0], 400, 'validation_error');
    await connection.closed;
  });

  test('trailers as large as headers may be, and a flood of them', async () => {
    const withTrailers = (bytes: number) =>
      exchange(
        port,
        `POST /v1/echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: ${'b'.repeat(bytes)}\r\n\r\n`,
      );
    expect((await withTrailers(10_000))?.status).toBe(200);
    expectEnvelope(await withTrailers(100_000), 431, 'headers_too_large');
  });

  test('a request hidden in the body of another is not answered', async () => {
    const hidden = `GET /v1/pages HTTP/1.1\r\nHost: x\r\n\r\n`;
    const connection = new RawConnection(port).send(
      `POST /v1/widgets/1/submit HTTP/1.1\r\n${host}Content-Length: ${hidden.length}\r\n\r\n${hidden}GET /v1/widgets HTTP/1.1\r\n${host}X-Request-Id: second\r\n\r\n`,
    );
    const answers = await connection.answers(2);
    connection.end();
    expect(answers.map(({ status }) => status)).toEqual([415, 200]);
    expect(answers[1]?.headers.get('x-request-id')).toBe('second');
  });

  test('garbage after a request that is still being processed is not answered in its place', async () => {
    const gate = createGate();
    const slow = createDemoServer({ gate });
    const connection = new RawConnection(await listen(slow)).send(`GET /v1/slow HTTP/1.1\r\n${host}\r\n`);
    await gate.entered;
    connection.send('garbage\r\n\r\n');
    await connection.closed;
    expect(connection.received).toBe('');
    gate.open();
    await slow.close();
  });
});

describe('header limits', () => {
  const requestOf = (bytes: number): string => {
    const head = `GET /v1/pages HTTP/1.1\r\n${host}X-Padding: `;
    return `${head}${'a'.repeat(bytes - head.length - 4)}\r\n\r\n`;
  };

  test('16 KiB pass, and there is one size from which on all are 431', async () => {
    expect((await exchange(port, requestOf(16 * 1024)))?.status).toBe(200);
    // The parser does not count the marks between the fields.
    let [passes, refused] = [16 * 1024, 17_000];
    while (refused - passes > 1) {
      const between = Math.floor((passes + refused) / 2);
      if ((await exchange(port, requestOf(between)))?.status === 200) passes = between;
      else refused = between;
    }
    expect(refused).toBeLessThan(16 * 1024 + 64);
    for (const bytes of [refused, refused + 1, 17_000, 100_000])
      expectEnvelope(await exchange(port, requestOf(bytes)), 431, 'headers_too_large');
  });

  test('no header is dropped in silence, however many there are', async () => {
    const headers = Array.from({ length: 2_500 }, () => 'a:b\r\n').join('');
    const answer = await exchange(
      port,
      `GET /v1/pages HTTP/1.1\r\n${host}${headers}X-Request-Id: last\r\n\r\n`,
    );
    expect([answer?.status, answer?.headers.get('x-request-id')]).toEqual([200, 'last']);
  });
});

describe('methods and paths', () => {
  test.each([
    ['TRACE', '/v1/widgets', 405, 'GET, HEAD, POST'],
    ['PROPFIND', '/v1/widgets', 405, 'GET, HEAD, POST'],
    ['OPTIONS', '/v1/widgets', 405, 'GET, HEAD, POST'],
    ['DELETE', '/v1/widgets', 405, 'GET, HEAD, POST'],
    ['QUERY', '/v1/widgets', 405, 'GET, HEAD, POST'],
    ['GET', '/v1/widgets/w1/submit', 405, 'POST'],
    ['GET', '/v1/widgets/w1/content?x=1', 405, 'PUT'],
    ['TRACE', '/v1/nothing', 404, undefined],
    ['PROPFIND', '/', 404, undefined],
    ['GET', '//v1/widgets', 404, undefined],
    ['GET', '/v1//widgets', 404, undefined],
    ['GET', '/v1/widgets/', 404, undefined],
    ['GET', '/V1/widgets', 404, undefined],
    ['GET', '/v1/x/%2e%2e%2fwidgets', 404, undefined],
    ['GET', '/v1/x/../widgets', 404, undefined],
    ['GET', '/v1/widgets%00', 404, undefined],
    ['GET', '/v1/widgets;x=1', 404, undefined],
    ['GET', '/v1/%c0%af', 400, undefined],
    ['GET', '/v1/%zz', 400, undefined],
    ['GET', `/v1/failures/${'a'.repeat(300)}`, 404, undefined],
  ])('%s %s is %i', async (method, path, status, allow) => {
    const answer = await exchange(port, `${method} ${path} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
    const code = { 400: 'validation_error', 404: 'not_found', 405: 'method_not_allowed' }[status] ?? '';
    expectEnvelope(answer, status, code);
    expect(answer?.headers.get('allow')).toBe(allow);
  });

  test('a path parameter has 256 characters at most', async () => {
    const statusOf = async (length: number) =>
      (await exchange(port, `GET /v1/failures/${'a'.repeat(length)} HTTP/1.1\r\n${host}\r\n`))?.status;
    expect([await statusOf(255), await statusOf(256), await statusOf(257)]).toEqual([500, 500, 404]);
  });

  test('CONNECT opens nothing', async () => {
    const connection = new RawConnection(port).send(`CONNECT localhost:80 HTTP/1.1\r\n${host}\r\n`);
    await connection.closed;
    expect(connection.received).not.toContain('200');
  });

  test('override and forwarding headers change nothing', async () => {
    const answer = await exchange(
      port,
      `GET /v1/widgets HTTP/1.1\r\n${host}X-HTTP-Method-Override: DELETE\r\nX-Forwarded-For: 10.0.0.1\r\nX-Original-URL: /docs\r\n\r\n`,
    );
    expect([answer?.status, JSON.parse(answer?.body ?? '')]).toEqual([
      200,
      { limit: 25, state: [], deep: null },
    ]);
  });

  test('an expectation nobody knows is ignored', async () => {
    const answer = await exchange(port, `GET /v1/pages HTTP/1.1\r\n${host}Expect: the-impossible\r\n\r\n`);
    expect(answer?.status).toBe(200);
  });

  test('an upgrade is not granted', async () => {
    const answer = await exchange(
      port,
      `GET /v1/pages HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    );
    expect(answer?.status).toBe(200);
  });
});

describe('several requests on one connection', () => {
  test('101 pipelined requests are answered in order', async () => {
    const requests = Array.from(
      { length: 101 },
      (_, index) =>
        `GET /v1/widgets?limit=${(index % 100) + 1} HTTP/1.1\r\n${host}X-Request-Id: r${index}\r\n\r\n`,
    );
    const connection = new RawConnection(port).send(requests.join(''));
    const answers = await connection.answers(101);
    connection.end();
    expect(answers.map(({ headers }) => headers.get('x-request-id'))).toEqual(
      requests.map((_, index) => `r${index}`),
    );
    expect(answers.map(({ body }) => JSON.parse(body).limit)).toEqual(
      requests.map((_, index) => (index % 100) + 1),
    );
  });

  test('a refused body does not cost the connection', async () => {
    const body = '{"a":1,"a":2}';
    const connection = new RawConnection(port);
    connection.send(
      `POST /v1/echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    connection.send(`GET /v1/widgets HTTP/1.1\r\n${host}\r\n`);
    const answers = await connection.answers(2);
    connection.end();
    expect(answers.map(({ status }) => status)).toEqual([400, 200]);
  });
});

describe('slow clients', () => {
  let slow: HttpServer | undefined;
  afterEach(() => slow?.close());

  test('whose headers do not arrive are cut with 408', async () => {
    slow = createDemoServer({ limits: { headersTimeoutMs: 200, connectionsCheckingIntervalMs: 50 } });
    const connection = new RawConnection(await listen(slow)).send('GET /v1/pages HTTP/1.1\r\nHost: x');
    const [answer] = await connection.answers(1);
    expectEnvelope(answer, 408, 'request_timeout');
    await connection.closed;
  });

  test('who connect and say nothing are cut', async () => {
    slow = createDemoServer({ limits: { headersTimeoutMs: 200, connectionsCheckingIntervalMs: 50 } });
    await new RawConnection(await listen(slow)).closed;
  });

  test('whose JSON body does not arrive are cut with 408, while uploads have longer', async () => {
    slow = createDemoServer({ limits: { jsonBodyTimeoutMs: 150 } });
    const slowPort = await listen(slow);
    const upload = new RawConnection(slowPort).send(
      `PUT /v1/widgets/1/content HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\na`,
    );
    const json = new RawConnection(slowPort).send(
      `POST /v1/echo HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{`,
    );
    expectEnvelope((await json.answers(1))[0], 408, 'request_timeout');
    await json.closed;
    expect(upload.received).toBe('');
    expect((await upload.send('b').answers(1))[0]?.body).toBe('{"bytes":2}');
    upload.end();
  });

  test('whose upload does not end are cut at the limit for whole requests', async () => {
    slow = createDemoServer({
      limits: { headersTimeoutMs: 100, requestTimeoutMs: 250, connectionsCheckingIntervalMs: 50 },
    });
    const connection = new RawConnection(await listen(slow)).send(
      `PUT /v1/widgets/1/content HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\na`,
    );
    expectEnvelope((await connection.answers(1))[0], 408, 'request_timeout');
    await connection.closed;
  });

  test('who stop in the middle are cut when nothing moves', async () => {
    slow = createDemoServer({ limits: { idleSocketTimeoutMs: 150 } });
    await new RawConnection(await listen(slow)).send(
      `PUT /v1/widgets/1/content HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\na`,
    ).closed;
  });

  test('a connection is kept for as many requests as configured', async () => {
    slow = createDemoServer({ limits: { requestsPerSocket: 2 } });
    const connection = new RawConnection(await listen(slow)).send(
      `GET /v1/pages HTTP/1.1\r\n${host}\r\nGET /v1/pages HTTP/1.1\r\n${host}\r\n`,
    );
    const answers = await connection.answers(2);
    expect(answers.map(({ headers }) => headers.get('connection'))).toEqual(['keep-alive', 'close']);
    await connection.closed;
  });
});
