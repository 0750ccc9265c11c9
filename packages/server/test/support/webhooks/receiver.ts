/** A receiver of webhooks on a real socket: keeps a ledger of all it got and answers as the test says. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Exactly as it came. */
  readonly body: string;
}

/** What the receiver does with a request. */
export type ReceiverAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  /** Answers as soon as the promise resolves. */
  | { readonly status: number; readonly after: Promise<unknown> }
  /** Takes the request and never answers. */
  | 'hang'
  /** Breaks the connection off without an answer. */
  | 'reset'
  /** Answers 200 and then sends a body without end, as fast as it is read. */
  | 'endless'
  /** Answers 200, sends the beginning of a body and breaks off. */
  | 'broken body';

export interface Receiver {
  /** `http://127.0.0.1:<port>/<path>`. */
  url(path?: string): string;
  readonly port: number;
  /** Every request, in the order they came; with a path, those to it. */
  received(path?: string): readonly ReceivedRequest[];
  /** The answers to the next requests to a path, in order; the last one stands for all later ones. Default: 200. */
  answer(path: string, ...answers: readonly ReceiverAnswer[]): void;
  /** Bytes of endless bodies that were taken off our hands. */
  bytesSent(): number;
  /** Connections anybody has opened. */
  connections(): number;
}

/** Listens while the file's tests run; forgets everything before each. */
export function useReceiver(): () => Receiver {
  let running: (Receiver & { forget(): void; close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    running = await startReceiver();
  });
  beforeEach(() => running?.forget());
  afterAll(() => running?.close());
  return () => {
    if (running === undefined) throw new Error('The receiver listens inside tests only.');
    return running;
  };
}

async function startReceiver() {
  const ledger: ReceivedRequest[] = [];
  const scripts = new Map<string, ReceiverAnswer[]>();
  const sockets = new Set<Socket>();
  let connections = 0;
  let bytesSent = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '';
    ledger.push({
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    });
    const script = scripts.get(path) ?? [];
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? { status: 200 };
    give(answer, response, (count) => {
      bytesSent += count;
    });
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: (path = '/') => `http://127.0.0.1:${port}${path}`,
    received: (path?: string) => ledger.filter((request) => path === undefined || request.path === path),
    answer: (path: string, ...answers: readonly ReceiverAnswer[]) => void scripts.set(path, [...answers]),
    bytesSent: () => bytesSent,
    connections: () => connections,
    forget() {
      ledger.length = 0;
      scripts.clear();
      bytesSent = 0;
      connections = 0;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function give(answer: ReceiverAnswer, response: ServerResponse, sent: (count: number) => void): void {
  if (answer === 'hang') return;
  if (answer === 'reset') response.socket?.resetAndDestroy();
  else if (answer === 'endless') sendForever(response, sent);
  else if (typeof answer === 'object' && 'after' in answer) {
    void answer.after.then(() => response.writeHead(answer.status).end());
  } else if (answer === 'broken body') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('a beginning');
    setImmediate(() => response.socket?.resetAndDestroy());
  } else response.writeHead(answer.status, answer.headers).end(answer.body);
}

function sendForever(response: ServerResponse, sent: (count: number) => void): void {
  const chunk = Buffer.alloc(16 * 1024, 'x');
  response.writeHead(200);
  const send = () => {
    while (!response.destroyed) {
      sent(chunk.length);
      if (!response.write(chunk)) return;
    }
  };
  response.on('drain', send);
  send();
}
