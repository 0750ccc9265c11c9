import type { FastifyInstance } from 'fastify';
import type { Admission } from './admission.ts';

/**
 * One line per answered request, of named fields alone: the route's template, never the query string (it may hold a
 * member id), never headers or bodies. `requestId` is bound to the request's logger.
 */
export function logRequests(app: FastifyInstance, admission: Admission): void {
  app.addHook('onResponse', async (request, reply) => {
    const { config, schema, url } = request.routeOptions;
    const line = {
      method: request.method,
      route: url ?? 'unmatched',
      operationId: schema?.operationId,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    if (config.quiet === true || admission.wasRefused(request)) request.log.debug(line, 'request answered');
    else request.log.info(line, 'request answered');
  });
}
