import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Admission } from './admission.ts';
import { mustCloseAfter } from './request-body.ts';
import { requestIdFor } from './request-headers.ts';
import { jsonContentType, securityHeaders } from './response-headers.ts';

/**
 * Refuses a request of a busy server before Fastify sees it. Routing, hooks and a logger of its own make a refusal three
 * times as dear (180 µs against 60 on a busy machine), and at five times the load four of five answers are refusals.
 */
export function refuseBeforeRouting(app: FastifyInstance, admission: Admission): void {
  // Fastify's own, and the only one by now: whoever is admitted goes on to it.
  const [route] = app.server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[];
  if (route === undefined) throw new Error('The server has no handler of requests.');
  app.server.removeListener('request', route);
  app.server.on('request', (request, response) => {
    const { method = '', url = '' } = request;
    if (admission.hasRoomFor(method, url)) route(request, response);
    else refuse(app, admission, request, response);
  });
}

function refuse(
  app: FastifyInstance,
  admission: Admission,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const error = admission.refuse();
  const requestId = requestIdFor(request);
  const { status, headers, body } = app.errorEnvelopes.of(request.url ?? '')(error, requestId);
  const payload = JSON.stringify(body);
  // What was sent in chunks was not looked at closely enough to read on behind it.
  const mustClose = request.headers['transfer-encoding'] !== undefined || mustCloseAfter(error, request);
  response.writeHead(status, {
    ...securityHeaders,
    ...headers,
    'x-request-id': requestId,
    'content-type': jsonContentType,
    'content-length': Buffer.byteLength(payload),
    ...(mustClose ? { connection: 'close' } : {}),
  });
  response.end(payload);
}
