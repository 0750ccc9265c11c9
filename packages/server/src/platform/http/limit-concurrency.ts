import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PrecertError } from '../errors.ts';

/**
 * For the slow routes of the scope: one party holds at most so many of their places at once, so that its stalled uploads
 * do not become everybody's. Over that it is 429, once its body has been announced and before it is read.
 */
export function limitConcurrency(
  scope: Pick<FastifyInstance, 'addHook'>,
  places: number,
  partyOf: (request: FastifyRequest) => string,
): void {
  const counts = new Map<string, number>();
  scope.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.lane !== 'slow') return done();
    // Who hung up while it was found out who is calling tells us so no more, and waits for nothing.
    if (reply.raw.closed) return done();
    const party = partyOf(request);
    const count = counts.get(party) ?? 0;
    if (count >= places) return done(tooManyAtOnce());
    counts.set(party, count + 1);
    reply.raw.once('close', () => leave(counts, party));
    return done();
  });
}

function leave(counts: Map<string, number>, party: string): void {
  const left = (counts.get(party) ?? 1) - 1;
  if (left === 0) counts.delete(party);
  else counts.set(party, left);
}

function tooManyAtOnce(): PrecertError {
  return new PrecertError('rate_limited', 'Too many uploads, downloads or renderings at once.', {
    retryAfterSeconds: 1,
    details: { policy: 'concurrent-requests' },
  });
}
