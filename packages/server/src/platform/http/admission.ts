import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PrecertError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';

/**
 * How a request keeps the process busy. `quick` ones compute and ask the database. `slow` ones mostly wait: for bytes,
 * for documents, for a payer. They are counted apart, so that neither kind takes the other's places. `free` ones are
 * probes, which must answer whatever happens.
 */
export type Lane = 'quick' | 'slow' | 'free';

export interface AdmissionLimits {
  /** Handlers at once, in each lane. */
  readonly concurrentRequests: number;
  /** JSON bodies being read or worked on, together. */
  readonly bodyBytesAtOnce: number;
}

/** So much of something; what is taken has to be given back. */
class Capacity {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(amount: number): boolean {
    return this.#used + amount <= this.#limit;
  }

  take(amount: number): () => void {
    this.#used += amount;
    return () => {
      this.#used -= amount;
    };
  }
}

/** What a request holds, and how long. */
class Stay {
  readonly #lane: Lane;
  #held: (() => void)[] = [];
  #isBeingHandled = false;
  #isAnswered = false;
  #isClosed = false;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  hold(release: () => void): void {
    this.#held.push(release);
  }

  beginHandling(): void {
    this.#isBeingHandled = true;
  }

  /** The answer is computed. Whoever is slow to read it holds up nobody in the quick lane. */
  answered(): void {
    this.#isAnswered = true;
    this.#leaveIfOver();
  }

  /** The answer is sent, or the client is gone; a handler may still be at work for it. */
  closed(): void {
    this.#isClosed = true;
    this.#leaveIfOver();
  }

  #leaveIfOver(): void {
    const isOver = this.#isBeingHandled
      ? this.#isAnswered && (this.#isClosed || this.#lane === 'quick')
      : this.#isAnswered || this.#isClosed;
    if (!isOver) return;
    for (const release of this.#held) release();
    this.#held = [];
  }
}

/** Made once: a refusal must cost next to nothing, and an error with a stack costs more than the rest of it. */
const refusals = [1, 2, 3].map(
  (retryAfterSeconds) =>
    new PrecertError('service_unavailable', 'The server is busy. Try again shortly.', { retryAfterSeconds }),
);

const refused = new WeakSet<FastifyRequest>();

/** True for a request refused here: worth a count, not a line in the log. */
export function wasRefusedAsBusy(request: FastifyRequest): boolean {
  return refused.has(request);
}

/**
 * Answers 503 with `Retry-After` where the server has as much to do as it can do well. Who is refused is refused before
 * anything is done for him: first at the headers, and again when the body has come, since only then a place is taken;
 * otherwise clients who open requests and never finish them would hold all places.
 */
export function admitRequests(app: FastifyInstance, limits: AdmissionLimits, logger: Logger): void {
  const lanes = {
    quick: new Capacity(limits.concurrentRequests),
    slow: new Capacity(limits.concurrentRequests),
    free: new Capacity(Number.POSITIVE_INFINITY),
  };
  const bodies = new Capacity(limits.bodyBytesAtOnce);
  const stays = new WeakMap<FastifyRequest, Stay>();
  const refuse = countedRefusals(logger);

  app.addHook('onRequest', (request, reply, done) => {
    const lane = laneOf(request);
    if (!lanes[lane].has(1)) return done(refuse(request));
    const stay = new Stay(lane);
    stays.set(request, stay);
    reply.raw.once('close', () => stay.closed());
    return done();
  });
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    const bytes = bodyBytesOf(request);
    if (!bodies.has(bytes)) return done(refuse(request));
    if (bytes > 0) stays.get(request)?.hold(bodies.take(bytes));
    return done();
  });
  app.addHook('preHandler', (request, _reply, done) => {
    const lane = lanes[laneOf(request)];
    if (!lane.has(1)) return done(refuse(request));
    const stay = stays.get(request);
    stay?.beginHandling();
    stay?.hold(lane.take(1));
    return done();
  });
  app.addHook('onSend', (request, _reply, _payload, done) => {
    stays.get(request)?.answered();
    done();
  });
}

function laneOf(request: FastifyRequest): Lane {
  return request.routeOptions.config.lane ?? 'quick';
}

/** What a JSON body may come to hold of the memory; uploads pass through without staying. */
function bodyBytesOf(request: FastifyRequest): number {
  const { headers, routeOptions } = request;
  if (routeOptions.config.body === 'stream') return 0;
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit;
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit);
}

const reportEveryMs = 10_000;

/** One line for all refusals of a while: a server that refuses has no time for more. */
function countedRefusals(logger: Logger): (request: FastifyRequest) => PrecertError {
  let count = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (request) => {
    refused.add(request);
    count += 1;
    const now = performance.now();
    if (now - reportedAt >= reportEveryMs) {
      logger.warn({ refused: count }, 'the server is busy and refuses requests');
      count = 0;
      reportedAt = now;
    }
    // Who is refused comes back at one of three moments.
    return (
      refusals[count % refusals.length] ?? new PrecertError('service_unavailable', 'The server is busy.')
    );
  };
}
