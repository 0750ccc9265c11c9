import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PrecertError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { AdmittedRequest, Capacity, type Lane } from './admitted-request.ts';
import { pathPattern } from './known-paths.ts';

export interface AdmissionLimits {
  /** Handlers at once, in each lane. */
  readonly concurrentRequests: number;
  /** JSON bodies being read or worked on, together. */
  readonly bodyBytesAtOnce: number;
}

interface LaneOfRoute {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  readonly lane: Lane;
}

/**
 * Refuses requests where the server has as much to do as it can do well: 503 with `Retry-After`. It looks twice. At the
 * headers, before anything is done for the request (see `early-refusal.ts`); and when its body has come, since only then
 * a place is taken: otherwise clients who open requests and never finish them would hold all places.
 */
export class Admission {
  readonly #lanes: Readonly<Record<Lane, Capacity>>;
  readonly #bodies: Capacity;
  readonly #routes: LaneOfRoute[] = [];
  readonly #admitted = new WeakMap<FastifyRequest, AdmittedRequest>();
  readonly #refused = new WeakSet<FastifyRequest>();
  readonly #nextRefusal: () => PrecertError;

  constructor(limits: AdmissionLimits, logger: Logger) {
    this.#lanes = {
      quick: new Capacity(limits.concurrentRequests),
      slow: new Capacity(limits.concurrentRequests),
      free: new Capacity(Number.POSITIVE_INFINITY),
    };
    this.#bodies = new Capacity(limits.bodyBytesAtOnce);
    this.#nextRefusal = countedRefusals(logger);
  }

  /** Before a route is known: by method and path. */
  hasRoomFor(method: string, url: string): boolean {
    const { quick, slow } = this.#lanes;
    if (quick.has(1) && slow.has(1)) return true;
    const path = url.split(/[?#]/, 1)[0] ?? '';
    const route = this.#routes.find(({ methods, pattern }) => methods.includes(method) && pattern.test(path));
    return this.#lanes[route?.lane ?? 'quick'].has(1);
  }

  refuse(request?: FastifyRequest): PrecertError {
    if (request !== undefined) this.#refused.add(request);
    return this.#nextRefusal();
  }

  /** Worth a count, not a line in the log. */
  wasRefused(request: FastifyRequest): boolean {
    return this.#refused.has(request);
  }

  watch(app: FastifyInstance): void {
    app.addHook('onRoute', ({ url, method, config }) => {
      const lane = config?.lane ?? 'quick';
      if (lane !== 'quick') this.#routes.push({ methods: [method].flat(), pattern: pathPattern(url), lane });
    });
    app.addHook('onRequest', (request, reply, done) => {
      const admitted = new AdmittedRequest(laneOf(request));
      this.#admitted.set(request, admitted);
      reply.raw.once('close', () => admitted.closed());
      done();
    });
    app.addHook('preParsing', (request, _reply, _payload, done) => {
      const bytes = bodyBytesOf(request);
      if (!this.#bodies.has(bytes)) return done(this.refuse(request));
      if (bytes > 0) this.#admitted.get(request)?.hold(this.#bodies.take(bytes));
      return done();
    });
    app.addHook('preHandler', (request, _reply, done) => {
      const lane = this.#lanes[laneOf(request)];
      if (!lane.has(1)) return done(this.refuse(request));
      this.#admitted.get(request)?.beginHandling(lane.take(1));
      return done();
    });
    app.addHook('onSend', (request, _reply, _payload, done) => {
      this.#admitted.get(request)?.answered();
      done();
    });
  }
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

/** Made once: a refusal must cost next to nothing, and an error with a stack costs more than the rest of it. */
const refusals = [1, 2, 3].map(
  (retryAfterSeconds) =>
    new PrecertError('service_unavailable', 'The server is busy. Try again shortly.', { retryAfterSeconds }),
);

const reportEveryMs = 10_000;

/** One line for all refusals of a while: a server that refuses has no time for more. */
function countedRefusals(logger: Logger): () => PrecertError {
  let count = 0;
  let turn = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return () => {
    count += 1;
    turn = (turn + 1) % refusals.length;
    const now = performance.now();
    if (now - reportedAt >= reportEveryMs) {
      logger.warn({ refused: count }, 'the server is busy and refuses requests');
      count = 0;
      reportedAt = now;
    }
    // Who is refused comes back at one of three moments.
    return refusals[turn] ?? new PrecertError('service_unavailable', 'The server is busy.');
  };
}
