/**
 * One HTTP request and what became of it. `fetch` does not say whether a request had left when it failed, and for a
 * create that is the whole question: before the first byte nothing can have been written, afterwards nobody knows.
 */

import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the first look-up to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A longer answer is cut off and counts as none. */
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type HttpExchange =
  | HttpAnswer
  /** Provably nothing left: the address, the connection or the TLS handshake was not to be had. */
  | { readonly kind: 'not_sent'; readonly reason: string }
  /** It may have arrived; no whole answer came back. */
  | { readonly kind: 'no_answer'; readonly reason: string };

/** Never rejects. Follows no redirect and asks for no compression. */
export type SendHttp = (request: HttpRequest) => Promise<HttpExchange>;

export const sendHttp: SendHttp = (request) => exchange(request, request.method === 'POST');

/** @param isAlone on a connection of its own */
function exchange(request: HttpRequest, isAlone: boolean): Promise<HttpExchange> {
  return new Promise((resolve) => {
    if (request.signal.aborted) return resolve({ kind: 'not_sent', reason: 'The call was given up.' });
    const outgoing = open(request, isAlone);
    if (outgoing === undefined) return resolve({ kind: 'not_sent', reason: 'It is no HTTP request.' });
    // The other side had closed a kept connection just then. A read may be repeated.
    const again = () => resolve(exchange(request, true));
    follow(outgoing, request, (result, wasStale) => (wasStale ? again() : resolve(result)));
    outgoing.end(request.body);
  });
}

/** Undefined when Node refuses a header or the URL. */
function open({ url, method, headers, body }: HttpRequest, isAlone: boolean): ClientRequest | undefined {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const make = url.protocol === 'https:' ? requestHttps : requestHttp;
  try {
    return make(url, {
      method,
      headers: { ...headers, ...length },
      // A create is always alone: on a connection that was used before, a reset would tell nothing.
      ...(isAlone ? { agent: false } : {}),
    });
  } catch {
    return undefined;
  }
}

function follow(
  outgoing: ClientRequest,
  request: HttpRequest,
  resolve: (result: HttpExchange, wasStale: boolean) => void,
): void {
  const phase = { sent: false };
  const deadline = setTimeout(() => fail('It took too long.'), request.timeoutMs);
  const giveUp = () => fail('The call was given up.');

  function settle(result: HttpExchange, wasStale = false): void {
    clearTimeout(deadline);
    request.signal.removeEventListener('abort', giveUp);
    resolve(result, wasStale);
  }

  function fail(reason: string, wasStale = false): void {
    settle({ kind: phase.sent ? 'no_answer' : 'not_sent', reason }, wasStale);
    outgoing.destroy();
  }

  request.signal.addEventListener('abort', giveUp, { once: true });
  noteDeparture(outgoing, request.url.protocol === 'https:', phase);
  let isAnswered = false;
  outgoing.on('error', (error) =>
    fail(reasonOf(error), outgoing.reusedSocket && !isAnswered && isCut(error)),
  );
  outgoing.on('response', (incoming) => {
    isAnswered = true;
    collect(incoming, request.maximumBytes).then(
      (answer) => settle(answer),
      (error: unknown) => fail(reasonOf(error)),
    );
  });
}

/** Node writes nothing before the connection, and with TLS its handshake, stands. */
function noteDeparture(outgoing: ClientRequest, secure: boolean, phase: { sent: boolean }): void {
  outgoing.on('socket', (socket) => {
    if (!socket.connecting) {
      phase.sent = true;
      return;
    }
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      phase.sent = true;
    });
  });
}

/** @throws Error when the answer breaks off or is longer than allowed */
async function collect(incoming: IncomingMessage, maximumBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > maximumBytes) throw new AnswerTooLongError();
    chunks.push(chunk);
  }
  // Set on every message that a server sent.
  const status = incoming.statusCode ?? 0;
  return { kind: 'answered', status, headers: incoming.headers, body: Buffer.concat(chunks) };
}

class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

function isCut(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection broke off.',
  EPIPE: 'The connection broke off.',
  ENOTFOUND: 'The host name is unknown.',
  EAI_AGAIN: 'The host name could not be looked up.',
  ETIMEDOUT: 'The connection timed out.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The host cannot be reached.',
};

/** By code alone: a message could quote the answer. */
function reasonOf(error: unknown): string {
  if (error instanceof AnswerTooLongError) return 'The answer is too long.';
  const code = error instanceof Error ? String(Reflect.get(error, 'code')) : '';
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code)) return 'The TLS connection could not be made.';
  if (code.startsWith('HPE_')) return 'The answer is not HTTP.';
  return reasons[code] ?? 'The connection failed.';
}
