import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidField } from '../errors.ts';
import { headerValues } from './request-headers.ts';

/**
 * Refuses what Node's parser lets pass and another server on the way may read differently: that is how a second request
 * is smuggled inside a first one. The connection is closed, since nobody can be sure where the next request begins.
 */
export function refuseAmbiguousFraming(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const fault = faultOf(request);
    if (fault === undefined) return done();
    reply.header('connection', 'close');
    return done(invalidField(fault.field, 'invalid_format', fault.message));
  });
}

function faultOf(request: FastifyRequest): { readonly field: string; readonly message: string } | undefined {
  const { headers, httpVersion } = request.raw;
  // RFC 9112, 3.2: a request with several is answered 400; proxies choose different ones of them.
  const hosts = headerValues(request, 'Host').length;
  if (hosts > 1) return { field: 'Host', message: 'This header was sent more than once.' };
  if (hosts === 0 && httpVersion === '1.1') return { field: 'Host', message: 'HTTP/1.1 needs this header.' };
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  // RFC 9112, 6.1: with HTTP/1.0 it is a sign of somebody in between who did not understand it.
  if (httpVersion === '1.0') return { field: 'Transfer-Encoding', message: 'HTTP/1.0 has no such header.' };
  if (coding.trim().toLowerCase() === 'chunked') return undefined;
  return { field: 'Transfer-Encoding', message: 'The only transfer coding known here is chunked.' };
}
