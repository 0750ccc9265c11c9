import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpServer } from './create-http-server.ts';
import { createDemoServer, listen } from './testing/demo-server.ts';
import { exchange, type RawAnswer, RawConnection } from './testing/raw-connection.ts';

let app: HttpServer;
let port: number;
beforeAll(async () => {
  app = createDemoServer();
  port = await listen(app);
});
afterAll(() => app.close());

function post(
  path: string,
  headers: readonly string[],
  body: string | Buffer,
): Promise<RawAnswer | undefined> {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    ...headers,
    `Content-Length: ${bytes.length}`,
    '',
    '',
  ].join('\r\n');
  return exchange(port, Buffer.concat([Buffer.from(head), bytes]));
}

const json = 'Content-Type: application/json';

async function codeOf(
  path: string,
  headers: readonly string[],
  body: string | Buffer,
): Promise<[number | undefined, string | undefined]> {
  const answer = await post(path, headers, body);
  return [answer?.status, JSON.parse(answer?.body ?? '{}').code];
}

describe('the type of a JSON body', () => {
  test.each([
    ['application/json'],
    ['Application/JSON'],
    ['application/json; charset=utf-8'],
    ['application/json;charset=UTF-8'],
    ['application/json; charset="utf-8"'],
    ['application/json;'],
  ])('%s is accepted', async (type) => {
    expect((await post('/v1/echo', [`Content-Type: ${type}`], '{"a":"é"}'))?.body).toBe(
      Buffer.from('{"body":{"a":"é"}}').toString('latin1'),
    );
  });

  test.each([
    ['text/plain'],
    ['application/json; charset=utf-16'],
    ['application/json; charset=latin1'],
    ['application/json; boundary=x'],
    ['application/jsonp'],
    ['application/json-patch+json'],
    ['application/fhir+json'],
    ['multipart/form-data; boundary=x'],
    ['application/x-www-form-urlencoded'],
    ['json'],
    ['application/json, text/plain'],
  ])('%s is 415', async (type) => {
    expect(await codeOf('/v1/echo', [`Content-Type: ${type}`], '{}')).toEqual([
      415,
      'unsupported_media_type',
    ]);
  });

  test('a body without a type, or compressed, is 415', async () => {
    expect(await codeOf('/v1/echo', [], '{}')).toEqual([415, 'unsupported_media_type']);
    expect(await codeOf('/v1/echo', [json, 'Content-Encoding: gzip'], '{}')).toEqual([
      415,
      'unsupported_media_type',
    ]);
    expect(await codeOf('/v1/echo', [json, 'Content-Encoding: identity'], '{}')).toEqual([200, undefined]);
  });

  test('two different types or encodings are 400', async () => {
    expect(await codeOf('/v1/echo', [json, 'Content-Type: text/plain'], '{}')).toEqual([
      400,
      'validation_error',
    ]);
    expect(await codeOf('/v1/echo', [json, json], '{}')).toEqual([200, undefined]);
    expect(
      await codeOf('/v1/echo', [json, 'Content-Encoding: identity', 'Content-Encoding: gzip'], '{}'),
    ).toEqual([400, 'validation_error']);
  });
});

describe('the content of a JSON body', () => {
  test('nothing at all is 400 where a body is required', async () => {
    expect(await codeOf('/v1/widgets', [json], '')).toEqual([400, 'validation_error']);
    expect(await codeOf('/v1/widgets', [], '')).toEqual([400, 'validation_error']);
  });

  test.each([
    ['{"a":1'],
    ['{"a":1} x'],
    ['\uFEFF{}'],
    ['{"a":1,"a":2}'],
    ['{"__proto__":1}'],
    ['[1e400]'],
    ['{"a":"\\u0000"}'],
    ['['.repeat(100_000)],
  ])('a refusal of the strict parser is 400 (%#)', async (body) => {
    expect(await codeOf('/v1/echo', [json], body)).toEqual([400, 'validation_error']);
  });

  test('ten thousand combining marks are text like any other', async () => {
    expect(await codeOf('/v1/echo', [json], `{"a":"e${'\u0301'.repeat(10_000)}"}`)).toEqual([200, undefined]);
  });

  test('1 MiB passes, one byte more is 413, with or without a declared length', async () => {
    const limit = 1024 * 1024;
    const bodyOf = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect((await codeOf('/v1/echo', [json], bodyOf(limit - 1)))[0]).toBe(200);
    expect((await codeOf('/v1/echo', [json], bodyOf(limit)))[0]).toBe(200);
    expect(await codeOf('/v1/echo', [json], bodyOf(limit + 1))).toEqual([413, 'payload_too_large']);
    const chunk = `${(limit + 1).toString(16)}\r\n${bodyOf(limit + 1)}\r\n0\r\n\r\n`;
    const head = `POST /v1/echo HTTP/1.1\r\nHost: x\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect((await exchange(port, head + chunk))?.status).toBe(413);
  });

  test('a body over the limit is refused before it is sent, and the connection serves on once it was', async () => {
    const connection = new RawConnection(port).send(
      `POST /v1/echo HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 2000000\r\n\r\n`,
    );
    expect((await connection.answers(1))[0]?.status).toBe(413);
    connection.send(Buffer.alloc(2_000_000, 0x20)).send('GET /v1/pages HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await connection.answers(2)).map(({ status }) => status)).toEqual([413, 200]);
    connection.end();
  });

  test('a body far over the limit costs the connection', async () => {
    const connection = new RawConnection(port).send(
      `POST /v1/echo HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 99000000\r\n\r\n`,
    );
    expect((await connection.answers(1))[0]?.headers.get('connection')).toBe('close');
    await connection.closed;
  });

  test('a client that leaves in the middle does no harm', async () => {
    const connection = new RawConnection(port).send(
      `POST /v1/echo HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 20\r\n\r\n{`,
    );
    connection.end();
    await connection.closed;
    expect((await post('/v1/echo', [json], '{}'))?.status).toBe(200);
  });
});

describe('routes without a body', () => {
  test('take none, an empty one and {}', async () => {
    for (const [headers, body] of [
      [[], ''],
      [[json], ''],
      [[json], '{}'],
      [['Content-Type: text/plain'], ''],
    ] as const) {
      expect(await codeOf('/v1/widgets/1/submit', headers, body)).toEqual([200, undefined]);
    }
  });

  test('refuse anything else', async () => {
    expect(await codeOf('/v1/widgets/1/submit', [json], '{"a":1}')).toEqual([400, 'validation_error']);
    expect(await codeOf('/v1/widgets/1/submit', [json], 'null')).toEqual([400, 'validation_error']);
    expect(await codeOf('/v1/widgets/1/submit', [], '{}')).toEqual([415, 'unsupported_media_type']);
  });

  test('answer 204 without content', async () => {
    const answer = await exchange(port, 'DELETE /v1/widgets/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect([answer?.status, answer?.headers.get('content-type'), answer?.body]).toEqual([204, undefined, '']);
  });
});

test('a stream route takes no compressed bytes', async () => {
  const put = (encoding: string) =>
    exchange(
      port,
      `PUT /v1/widgets/1/content HTTP/1.1\r\nHost: x\r\nContent-Encoding: ${encoding}\r\nContent-Length: 3\r\n\r\nabc`,
    );
  for (const encoding of ['gzip', 'deflate', 'br', 'identity, gzip', 'x'])
    expect((await put(encoding))?.status).toBe(415);
  expect((await put('identity'))?.status).toBe(200);
});

test('a compressed body of a thousand times its size is refused as it came', async () => {
  const compressed = gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20));
  const before = process.memoryUsage().rss;
  for (let index = 0; index < 20; index += 1) {
    expect(await codeOf('/v1/echo', [json, 'Content-Encoding: gzip'], compressed)).toEqual([
      415,
      'unsupported_media_type',
    ]);
  }
  expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(50);
});

test('a stream route gets bytes of any type as they are', async () => {
  const put = (type: string): Promise<RawAnswer | undefined> =>
    exchange(
      port,
      `PUT /v1/widgets/1/content HTTP/1.1\r\nHost: x\r\n${type}Content-Length: 3\r\n\r\n\0\x01\xff`,
    );
  for (const type of [
    '',
    `${json}\r\n`,
    'Content-Type: application/pdf \r\n',
    'Content-Type: image/png; x=1\r\n',
  ]) {
    expect((await put(type))?.body).toBe('{"bytes":3}');
  }
});
