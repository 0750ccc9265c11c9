import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { createHttpServer, type HttpServer } from './create-http-server.ts';
import type { HttpLimits } from './limits.ts';
import { listen } from './testing/demo-server.ts';

/** The limits of a running server, made so short that a test can wait for them. */
const limits: Partial<HttpLimits> = {
  headersTimeoutMs: 1_500,
  jsonBodyTimeoutMs: 1_500,
  idleSocketTimeoutMs: 1_500,
  requestTimeoutMs: 2_500,
  answerTimeoutMs: 1_500,
  connectionsCheckingIntervalMs: 100,
};
const trickleMs = 250;

/**
 * Bytes a client takes each time: enough that the connection is never still, which another limit is for, and a fraction of
 * the large answer until the limit on answers.
 */
const takenAtOnce = 1024 * 1024;

let app: HttpServer | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.close();
});

async function start(): Promise<number> {
  app = createHttpServer({ logger: createLogger({ level: 'silent' }), limits });
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  app.get('/large', async (_request, reply) => {
    const body = ReadableStream.from(Array.from({ length: 32 }, () => chunk));
    return reply.type('text/plain').send(body);
  });
  app.get('/small', async () => ({ ok: true }));
  app.post('/body', { schema: { body: Type.Object({}) } }, async () => ({ ok: true }));
  app.put('/upload', { config: { body: 'stream', lane: 'slow' } }, async (request) => {
    for await (const _chunk of request.raw);
    return { ok: true };
  });
  return listen(app);
}

interface SlowClient {
  /** The beginning of what it was answered. */
  received: string;
}

/** Every so often takes a little of what it is answered, and does something small, until it is cut. */
async function tricklingClient(
  port: number,
  first: string,
  trickle: (socket: Socket) => void,
): Promise<SlowClient> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const client = { received: '' };
  let allowance = takenAtOnce;
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    if (client.received.length < 100) client.received += bytes.toString('latin1', 0, 100);
    allowance -= bytes.length;
    if (allowance <= 0) socket.pause();
  });
  await once(socket, 'connect');
  socket.write(first);
  const timer = setInterval(() => {
    allowance = takenAtOnce;
    socket.resume();
    trickle(socket);
  }, trickleMs);
  socket.once('close', () => clearInterval(timer));
  return client;
}

const sendByte = (socket: Socket) => socket.writable && socket.write('a');

const crowds: Readonly<Record<string, (port: number) => Promise<SlowClient>>> = {
  'send a header byte by byte': (port) =>
    tricklingClient(port, 'GET /small HTTP/1.1\r\nHost: x\r\nX-Long: ', sendByte),
  'send a JSON body byte by byte': (port) =>
    tricklingClient(
      port,
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a":"',
      sendByte,
    ),
  'send an upload byte by byte': (port) =>
    tricklingClient(port, 'PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', sendByte),
  'read an answer bit by bit': (port) =>
    tricklingClient(port, 'GET /large HTTP/1.1\r\nHost: x\r\n\r\n', () => undefined),
};

/** Latencies of ordinary requests, one after the other, in milliseconds. */
async function ordinaryTraffic(port: number, count: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/small`);
    expect(await answer.json()).toEqual({ ok: true });
    latencies.push(performance.now() - startedAt);
    await delay(5);
  }
  return latencies;
}

function p95(latencies: readonly number[]): number {
  return latencies.toSorted((one, other) => one - other)[Math.floor(latencies.length * 0.95)] ?? 0;
}

/** Of those that read, fewer: filling their buffers is work that the test does itself. */
const sizes = { reading: 25, sending: 100 };

test.each(Object.entries(crowds))(
  'a crowd of clients that %s are cut, and others do not notice',
  { timeout: 60_000 },
  async (name, client) => {
    const size = name.startsWith('read') ? sizes.reading : sizes.sending;
    const port = await start();
    await ordinaryTraffic(port, 20);
    const undisturbed = p95(await ordinaryTraffic(port, 100));
    const clients = await Promise.all(Array.from({ length: size }, () => client(port)));
    const disturbed = p95(await ordinaryTraffic(port, 100));
    // The longest of the limits, and time for a busy machine to notice.
    await expect.poll(openConnections, { timeout: 15_000 }).toBeLessThan(10);
    const statuses = new Set(clients.map(({ received }) => received.slice(9, 12)));
    expect([...statuses].filter((status) => !['', '408', '200'].includes(status))).toEqual([]);
    // Twice as slow, on a machine that does nothing else; the rest is the others on it.
    expect(disturbed).toBeLessThan(undisturbed * 2 + 250);
  },
);

function openConnections(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  app?.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  return promise;
}
