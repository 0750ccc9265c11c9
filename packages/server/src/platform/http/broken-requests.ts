import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { invalidField, PrecertError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { renderFlatError } from './flat-error-envelope.ts';
import type { OpenConnections } from './open-connections.ts';
import { newRequestId } from './request-headers.ts';
import { jsonContentType, securityHeaders } from './response-headers.ts';

/**
 * Answers what Node's HTTP parser refuses, before any route is known: bad framing 400, headers over the limit 431,
 * slow requests 408; always with the envelope, and always closing the connection (RFC 9112, 9.3: after a framing error
 * nobody knows where the next message starts). While an earlier request on the same connection is unanswered nothing
 * is written, because it would be read as that request's answer.
 */
export class BrokenRequestAnswers {
  readonly #connections: OpenConnections;
  readonly #logger: Logger;

  constructor(connections: OpenConnections, logger: Logger) {
    this.#connections = connections;
    this.#logger = logger;
  }

  /** Fastify's `clientErrorHandler`. */
  answer(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const refusal = refusalOf(error);
    const requestId = newRequestId();
    const answered = this.#mayAnswer(socket);
    this.#logger.info(
      { requestId, code: refusal.code, parserCode: error.code, answered },
      'request refused by the parser',
    );
    if (answered) socket.end(rawResponse(refusal, requestId), () => socket.destroy());
    else socket.destroy();
  }

  #mayAnswer(socket: Socket): boolean {
    if (!socket.writable) return false;
    const exchanges = this.#connections.unansweredOn(socket);
    const [only] = exchanges;
    if (only === undefined) return true;
    return exchanges.length === 1 && !only.request.complete && !only.response.headersSent;
  }
}

function refusalOf(error: { code?: string }): PrecertError {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return new PrecertError('headers_too_large', 'The request line and headers are larger than allowed.');
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new PrecertError('request_timeout', 'The request did not arrive in time.');
  }
  return invalidField('request', 'invalid_format', 'The request is not well-formed HTTP/1.1.');
}

function rawResponse(refusal: PrecertError, requestId: string): string {
  const { status, body } = renderFlatError(refusal, requestId);
  const payload = JSON.stringify(body);
  const headers = {
    ...securityHeaders,
    'x-request-id': requestId,
    'content-type': jsonContentType,
    'content-length': String(Buffer.byteLength(payload)),
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${payload}`;
}
