import './fastify-extensions.ts';
import type { Server as HttpServerInstance } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { PrecertError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { subsystemLogger } from '../observability/logger.ts';
import { Admission } from './admission.ts';
import { BrokenRequestAnswers } from './broken-requests.ts';
import { getNamedSchema, namesReferredTo } from './components.ts';
import { refuseBeforeRouting } from './early-refusal.ts';
import { writeErrorAnswer } from './error-answer.ts';
import { ErrorEnvelopes } from './error-envelopes.ts';
import { asPrecertError, type TranslateError } from './error-translation.ts';
import { Readiness, stopGracefully } from './graceful-stop.ts';
import { KnownPaths } from './known-paths.ts';
import { defaultHttpLimits, type HttpLimits } from './limits.ts';
import { OpenConnections } from './open-connections.ts';
import { parseQueryString, planQuery, readQuery } from './query-parameters.ts';
import { useStrictBodies } from './request-body.ts';
import { requestIdFor } from './request-headers.ts';
import { logRequests } from './request-log.ts';
import { limitRequestsPerConnection } from './requests-per-connection.ts';
import { securityHeaders } from './response-headers.ts';
import { schemaCompilers } from './schema-compilers.ts';
import { refuseAmbiguousFraming } from './unambiguous-framing.ts';

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly limits?: Partial<HttpLimits>;
  /** Proxies in front, each of which adds whom it serves to `X-Forwarded-For`. Default 0. */
  readonly trustedProxies?: number;
  /** Gives errors of other rooms (a lost database) their code; what it does not know becomes `internal_error`. */
  readonly translateError?: TranslateError;
  /** Tests set it: a response that does not follow its schema becomes a 500 instead of being bent into shape. */
  readonly checkResponses?: boolean;
}

export type HttpServer = ReturnType<typeof createFastify>;

/**
 * A Fastify server with everything that is the same for every route: strict JSON and query strings, validation and
 * errors in the contract's envelope, request ids, security headers, limits, request log, graceful `close()`. Routes
 * are declared with TypeBox schemas; see `schemas.ts` and `error-responses.ts` for the pieces.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const limits = { ...defaultHttpLimits, ...options.limits };
  const logger = subsystemLogger(options.logger, 'http');
  const connections = new OpenConnections();
  const brokenRequests = new BrokenRequestAnswers(connections, logger);
  const app = createFastify(logger, limits, options, brokenRequests);
  const readiness = new Readiness();
  app.decorate('readiness', readiness);
  app.decorate('errorEnvelopes', new ErrorEnvelopes());
  app.server.maxHeadersCount = 0;
  app.server.maxConnections = limits.connections;
  // RFC 9110, 10.1.1 lets a server ignore expectations it does not know; Node would answer 417 without our envelope.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders).header('x-request-id', request.id);
    done();
  });
  limitRequestsPerConnection(app, limits.requestsPerSocket);
  refuseAmbiguousFraming(app);
  answerUnknownRoutes(app);
  const admission = new Admission(limits, logger);
  admission.watch(app);
  refuseBeforeRouting(app, admission);
  connections.watch(app.server);
  connections.cutSlowReaders(app.server, limits);
  registerComponents(app);
  useQueryPlans(app);
  useStrictBodies(app, { json: limits.json, bodyTimeoutMs: limits.jsonBodyTimeoutMs });
  app.setErrorHandler((error, request, reply) =>
    sendError(asPrecertError(error, options.translateError), request, reply, !admission.wasRefused(request)),
  );
  logRequests(app, admission);
  stopGracefully(app, { readiness, connections, graceMs: limits.stopGraceMs, logger });
  return app;
}

function createFastify(
  logger: Logger,
  limits: HttpLimits,
  { checkResponses = false, trustedProxies = 0 }: HttpServerOptions,
  brokenRequests: BrokenRequestAnswers,
) {
  // Fastify's types follow the logger's type into every signature; the base type is enough everywhere.
  const loggerInstance: FastifyBaseLogger = logger;
  const settings: FastifyHttpOptions<HttpServerInstance, FastifyBaseLogger> = {
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdFor,
    requestIdHeader: false,
    // A number would be refused: Fastify wants to know the proxies' addresses, which a container seldom does.
    ...(trustedProxies === 0 ? {} : { trustProxy: (_address, hop) => hop < trustedProxies }),
    bodyLimit: limits.jsonBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.idleSocketTimeoutMs,
    return503OnClosing: false,
    // Fastify bounds `close()` by this too; a stop that uses its whole grace period has not failed.
    pluginTimeout: limits.stopGraceMs + 20_000,
    http: {
      maxHeaderSize: limits.headerBytes,
      // Node would answer without our envelope; `refuseAmbiguousFraming` asks for it.
      requireHostHeader: false,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    },
    schemaController: schemaCompilers(checkResponses),
    routerOptions: { querystringParser: parseQueryString, maxParamLength: limits.pathParameterLength },
    clientErrorHandler: (error, socket) => brokenRequests.answer(error, socket),
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders).header('x-request-id', request.id);
      sendError(asPrecertError(error), request, reply);
    },
  };
  return fastify<HttpServerInstance>(settings).withTypeProvider<TypeBoxTypeProvider>();
}

/** 404 or 405 before any body is read. */
function answerUnknownRoutes(app: FastifyInstance): void {
  const knownPaths = new KnownPaths();
  app.decorate('servedRoutes', () => knownPaths.list());
  app.addHook('onRoute', ({ url, method }) => knownPaths.add(url, [method].flat()));
  app.addHook('onRequest', (request, reply, done) => {
    // U+0000 stands in no path or id of ours, and PostgreSQL could not even look for it.
    if (/^[^?#]*%00/.test(request.url)) return done(new PrecertError('not_found', 'There is no such route.'));
    if (!request.is404) return done();
    const allowed = knownPaths.methodsFor(request.url);
    if (allowed.length === 0) return done(new PrecertError('not_found', 'There is no such route.'));
    reply.header('allow', allowed.join(', '));
    return done(new PrecertError('method_not_allowed', `This route answers ${allowed.join(', ')}.`));
  });
}

/** Makes the named schemas that routes refer to known to the OpenAPI document. */
function registerComponents(app: FastifyInstance): void {
  app.addHook('onRoute', ({ schema }) => {
    for (const name of namesReferredTo(schema)) {
      if (app.getSchema(name) === undefined) app.addSchema(getNamedSchema(name));
    }
  });
}

function useQueryPlans(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.schema?.querystring === undefined) return;
    route.config = { ...route.config, queryPlan: planQuery(route.schema.querystring) };
  });
  app.addHook('preValidation', async (request) => {
    const plan = request.routeOptions.config.queryPlan;
    if (plan !== undefined) request.query = readQuery(plan, request.query);
  });
}

function sendError(
  error: PrecertError,
  request: FastifyRequest,
  reply: FastifyReply,
  isWorthALine = true,
): FastifyReply {
  // A string passes by the route's serializer, which only knows the statuses the route declares.
  return reply.send(writeErrorAnswer(error, request, reply, isWorthALine));
}
