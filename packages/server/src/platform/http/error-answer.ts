import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode, PrecertError } from '../errors.ts';
import { mustCloseAfter } from './request-body.ts';
import { jsonContentType, securityHeaders } from './response-headers.ts';

const codes = new WeakMap<object, ErrorCode>();

/** The code of the error a request is answered with; undefined when it is answered otherwise. */
export function answeredErrorCode(request: object): ErrorCode | undefined {
  return codes.get(request);
}

/** Sets status and headers of an error's answer, in the envelope of the request's surface. @returns its body, which no serializer needs to see */
export function writeErrorAnswer(
  error: PrecertError,
  request: FastifyRequest,
  reply: FastifyReply,
  isWorthALine = true,
): string {
  const render = request.server.errorEnvelopes.of(request.routeOptions.url ?? request.url);
  const { status, headers, body } = render(error, request.id);
  codes.set(request, error.code);
  if (status >= 500 && isWorthALine) request.log.error({ err: error, code: error.code }, 'request failed');
  if (mustCloseAfter(error, request.raw)) reply.header('connection', 'close');
  reply.code(status).headers(headers).type(jsonContentType);
  return JSON.stringify(body);
}

/**
 * As above, in an `onSend` hook: in place of an answer that was ready to leave and must not, none of whose headers may
 * leave either.
 */
export function replaceWithError(error: PrecertError, request: FastifyRequest, reply: FastifyReply): string {
  for (const name of Object.keys(reply.getHeaders())) {
    if (name !== 'connection') reply.removeHeader(name);
  }
  reply.headers(securityHeaders).header('x-request-id', request.id);
  return writeErrorAnswer(error, request, reply);
}
