import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Closes a connection after its n-th answer, so that clients spread anew over several servers. Node's own
 * `maxRequestsPerSocket` announces the close but leaves it to the client, and meets one request more with a bare 503.
 */
export function limitRequestsPerConnection(app: FastifyInstance, limit: number): void {
  const counts = new WeakMap<Socket, number>();
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const count = (counts.get(socket) ?? 0) + 1;
    counts.set(socket, count);
    if (count >= limit) reply.header('connection', 'close');
    done();
  });
}
