import { once } from 'node:events';
import { Type } from 'typebox';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PrecertError } from '../errors.ts';
import { createLogger } from '../observability/logger.ts';
import { createHttpServer, type HttpServer } from './create-http-server.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import type { HttpLimits } from './limits.ts';
import { listen } from './testing/demo-server.ts';
import { type RawAnswer, RawConnection } from './testing/raw-connection.ts';

let app: HttpServer | undefined;
let port = 0;
let lines: string[] = [];
const open: RawConnection[] = [];
/** Handlers at work, oldest first; each ends when it is told to. */
let atWork: (() => void)[] = [];
/** Clients that are asked who they are, and those that left meanwhile. */
let [asked, left] = [0, 0];

afterEach(async () => {
  for (const finish of atWork.splice(0)) finish();
  for (const connection of open.splice(0)) connection.end();
  await app?.close();
});

/** Long enough for a machine that has other things to do. */
const eventually = <Result>(check: () => Result | Promise<Result>) => vi.waitFor(check, { timeout: 10_000 });
const work = () => new Promise<void>((resolve) => atWork.push(resolve));
const large = 'x'.repeat(4 * 1024 * 1024);

async function start(limits: Partial<HttpLimits>): Promise<void> {
  [lines, atWork, asked, left] = [[], [], 0, 0];
  const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  app = createHttpServer({ logger, limits: { connectionsCheckingIntervalMs: 20, ...limits } });
  app.get('/quick', async () => {
    await work();
    return { done: true };
  });
  app.get('/slow', { config: { lane: 'slow' } }, async () => {
    await work();
    return { done: true };
  });
  app.register(async (scope: HttpServer) => {
    limitConcurrency(scope, 2, (request) => String(request.headers.host));
    scope.get('/shared', { config: { lane: 'slow' } }, async () => {
      await work();
      return { done: true };
    });
    scope.get('/shared-quick', async () => ({ done: true }));
  });
  app.register(async (scope: HttpServer) => {
    // As one who finds out who is calling, and is told meanwhile that nobody waits any more.
    scope.addHook('onRequest', async (request, reply) => {
      if (request.headers.host !== 'leaves') return;
      asked += 1;
      await once(reply.raw, 'close');
      left += 1;
    });
    limitConcurrency(scope, 1, () => 'everybody');
    scope.get('/behind-a-wait', { config: { lane: 'slow' } }, async () => ({ done: true }));
  });
  app.get('/failing', async () => {
    await work();
    throw new PrecertError('not_found', 'Not here.');
  });
  app.get('/large', async () => ({ large }));
  app.get('/large-file', { config: { lane: 'slow' } }, async (_request, reply) => reply.send(large));
  app.get('/probe', { config: { lane: 'free' } }, async () => ({ up: true }));
  app.post('/body', { schema: { body: Type.Object({ text: Type.String() }) } }, async () => {
    await work();
    return { done: true };
  });
  port = await listen(app);
}

function send(path: string, host = 'x'): RawConnection {
  const connection = new RawConnection(port).send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  open.push(connection);
  return connection;
}

function post(declared: number, sent: string): RawConnection {
  const head = 'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const connection = new RawConnection(port).send(`${head}Content-Length: ${declared}\r\n\r\n${sent}`);
  open.push(connection);
  return connection;
}

const jsonOf = (bytes: number) => `{"text":"${'x'.repeat(bytes - 11)}"}`;
const answerTo = async (connection: RawConnection): Promise<RawAnswer | undefined> =>
  (await connection.answers(1))[0];
const statusOf = async (path: string) => (await answerTo(send(path)))?.status;
const untilAtWork = (count: number) => eventually(() => expect(atWork).toHaveLength(count));

describe('a server with as much to do as it can', () => {
  test('answers one request more with 503 and when to come back, and takes the next once one is done', async () => {
    await start({ concurrentRequests: 2 });
    const [first] = [send('/quick'), send('/quick')];
    await untilAtWork(2);
    const refusal = await answerTo(send('/quick'));
    expect([refusal?.status, refusal?.headers.get('retry-after')]).toEqual([
      503,
      expect.stringMatching(/^[123]$/),
    ]);
    expect(JSON.parse(refusal?.body ?? '')).toMatchObject({ code: 'service_unavailable', retryable: true });
    expect(refusal?.headers.get('x-content-type-options')).toBe('nosniff');
    atWork.shift()?.();
    expect((await answerTo(first))?.status).toBe(200);
    send('/quick');
    await untilAtWork(2);
  });

  test('goes on with what waits for others, and the other way round', async () => {
    await start({ concurrentRequests: 1 });
    send('/slow');
    await untilAtWork(1);
    expect(await statusOf('/slow')).toBe(503);
    send('/quick');
    await untilAtWork(2);
    expect([await statusOf('/slow'), await statusOf('/quick')]).toEqual([503, 503]);
  });

  test('answers probes, and refuses what it would have to look up', async () => {
    await start({ concurrentRequests: 1 });
    send('/quick');
    await untilAtWork(1);
    expect([await statusOf('/probe'), await statusOf('/probe?a=/b'), await statusOf('/nothing')]).toEqual([
      200, 200, 503,
    ]);
  });

  test('refuses all but its places of a burst', async () => {
    await start({ concurrentRequests: 3 });
    const burst = Array.from({ length: 20 }, () => send('/quick'));
    await eventually(() => {
      const refused = burst.filter(({ received }) => received.startsWith('HTTP/1.1 503'));
      expect([refused.length, atWork.length]).toEqual([17, 3]);
    });
  });

  test('tells the log once, however much it refuses', async () => {
    await start({ concurrentRequests: 1 });
    send('/quick');
    await untilAtWork(1);
    for (let index = 0; index < 50; index += 1) await statusOf('/quick');
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(warnings.map(({ msg }) => msg)).toEqual(['the server is busy and refuses requests']);
    expect(lines.join('')).not.toContain('request answered');
  });
});

describe('a place', () => {
  test('is free again when the handler fails', async () => {
    await start({ concurrentRequests: 1 });
    const failing = send('/failing');
    await untilAtWork(1);
    atWork.shift()?.();
    expect((await answerTo(failing))?.status).toBe(404);
    send('/quick');
    await untilAtWork(1);
  });

  test('is held while a handler works for a client that left, and free afterwards', async () => {
    await start({ concurrentRequests: 1 });
    const leaving = send('/quick');
    await untilAtWork(1);
    leaving.end();
    await leaving.closed;
    expect(await statusOf('/quick')).toBe(503);
    atWork.shift()?.();
    await eventually(async () => expect(await statusOf('/shared-quick')).toBe(200));
  });

  test('is held by nobody whose body has not come', async () => {
    await start({ concurrentRequests: 1 });
    for (let index = 0; index < 20; index += 1) post(100, '{');
    post(20, jsonOf(20));
    await untilAtWork(1);
  });

  test('of the quick lane is not held by who does not read his answer', async () => {
    await start({ concurrentRequests: 1 });
    const silent = new RawConnection(port, { reads: false });
    open.push(silent.send('GET /large HTTP/1.1\r\nHost: x\r\n\r\n'));
    await eventually(() => {
      if (atWork.length === 0) send('/quick');
      expect(atWork).toHaveLength(1);
    });
  });

  test('of the slow lane is held until the answer is taken', async () => {
    await start({ concurrentRequests: 1 });
    const silent = new RawConnection(port, { reads: false });
    open.push(silent.send('GET /large-file HTTP/1.1\r\nHost: x\r\n\r\n'));
    await eventually(async () => expect(await statusOf('/slow')).toBe(503));
    silent.end();
    await eventually(() => {
      if (atWork.length === 0) send('/slow');
      expect(atWork.length).toBeGreaterThan(0);
    });
  });
});

describe('one party', () => {
  test('has so many slow requests at once and no more, while others have theirs', async () => {
    await start({});
    const first = send('/shared', 'one');
    send('/shared', 'one');
    await untilAtWork(2);
    const refusal = await answerTo(send('/shared', 'one'));
    expect([refusal?.status, refusal?.headers.get('retry-after')]).toEqual([429, '1']);
    expect(JSON.parse(refusal?.body ?? '').details).toEqual({ policy: 'concurrent-requests' });
    expect((await answerTo(send('/shared-quick', 'one')))?.status).toBe(200);
    send('/shared', 'other');
    await untilAtWork(3);
    first.end();
    await first.closed;
    await eventually(() => {
      send('/shared', 'one');
      expect(atWork.length).toBeGreaterThan(3);
    });
  });
});

test('a client that leaves while it is found out who it is takes no place', async () => {
  await start({});
  const gone = send('/behind-a-wait', 'leaves');
  await eventually(() => expect(asked).toBe(1));
  gone.end();
  await eventually(() => expect(left).toBe(1));
  for (let times = 0; times < 3; times += 1)
    expect((await answerTo(send('/behind-a-wait', 'stays')))?.status).toBe(200);
});

describe('bodies', () => {
  test('on their way are bounded together, by what they announce', async () => {
    await start({ bodyBytesAtOnce: 1_000 });
    const first = post(800, '{');
    await eventually(async () => expect((await answerTo(post(300, jsonOf(300))))?.status).toBe(503));
    post(200, jsonOf(200));
    await untilAtWork(1);
    first.end();
    await eventually(() => {
      if (atWork.length === 1) post(700, jsonOf(700));
      expect(atWork).toHaveLength(2);
    });
  });

  test('without a length count as the largest allowed', async () => {
    await start({ jsonBytes: 500, bodyBytesAtOnce: 600 });
    const chunked = new RawConnection(port).send(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    );
    open.push(chunked);
    await eventually(async () => expect((await answerTo(post(200, jsonOf(200))))?.status).toBe(503));
  });

  test('that are refused leave their room to others', async () => {
    await start({ bodyBytesAtOnce: 1_000 });
    for (let index = 0; index < 5; index += 1) {
      expect((await answerTo(post(800, `{"wrong":"${'x'.repeat(788)}"}`)))?.status).toBe(400);
    }
    post(800, jsonOf(800));
    await untilAtWork(1);
  });
});
