import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { PrecertError } from '../../platform/errors.ts';
import { answeredErrorCode, replaceWithError } from '../../platform/http/error-answer.ts';
import {
  type AuditActor,
  type AuditHappening,
  type AuditOutcome,
  type AuditResult,
  isId,
  unknownOrganization,
} from '../audit-entry.ts';
import type { AuditRecorder, OpenAuditEntry } from '../audit-recorder.ts';
import { type AuditedOperation, auditedOperation, idsOfAnswer, idsOfRequest } from '../audited-operations.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by `auditRequests` from the route's `operationId`. */
    audited?: AuditedRoute;
  }
}

interface AuditedRoute extends AuditedOperation {
  readonly operation: string;
}

/** Who is calling, in the words of the trail. */
export interface AuditCaller {
  readonly organizationId: string;
  readonly actor: AuditActor;
}

const unknownCaller: AuditCaller = { organizationId: unknownOrganization, actor: { kind: 'unknown' } };

/** What is known of a request so far. */
interface Ongoing {
  readonly route: AuditedRoute;
  open?: OpenAuditEntry;
  answerIds?: readonly unknown[];
  isNoted?: true;
}

/**
 * For every route of the scope, exactly one entry per request, in the journal before the answer leaves; of a write
 * before the handler begins. A request that cannot be noted is refused with 503. To be called before the scope's
 * authentication, whose refusals are noted too.
 * @param callerOf undefined for whoever could not be identified
 */
export function auditRequests(
  scope: Pick<FastifyInstance, 'addHook'>,
  audit: AuditRecorder,
  callerOf: (request: object) => AuditCaller | undefined,
): void {
  const ongoing = new WeakMap<object, Ongoing>();

  function ongoingOf(request: FastifyRequest): Ongoing {
    const known = ongoing.get(request);
    if (known !== undefined) return known;
    const begun = { route: request.routeOptions.config.audited ?? routeOf('unknown') };
    ongoing.set(request, begun);
    return begun;
  }

  const happeningOf = (request: FastifyRequest, route: AuditedRoute): AuditHappening => ({
    ...(callerOf(request) ?? unknownCaller),
    operation: route.operation,
    resourceType: route.resourceType,
    resourceIds: callersIds(request, route),
    requestId: request.id,
  });

  scope.addHook('onRoute', (route: RouteOptions) => {
    route.config = { ...route.config, audited: routeOf(route.schema?.operationId ?? route.url) };
  });
  scope.addHook('onRequest', (_request, _reply, done) => {
    audit.assertWritable();
    done();
  });
  scope.addHook('preHandler', (request, _reply, done) => {
    const state = ongoingOf(request);
    if (state.route.access === 'write') state.open = audit.begin(happeningOf(request, state.route));
    done();
  });
  scope.addHook('preSerialization', (request, _reply, answer, done) => {
    const state = ongoingOf(request);
    state.answerIds = idsOfAnswer(state.route, answer);
    done(null, answer);
  });
  scope.addHook('onSend', (request, reply, answer, done) => {
    const state = ongoingOf(request);
    // Twice when something failed behind this hook; the entry is there already.
    if (state.isNoted) return done(null, answer);
    try {
      const result = resultOf(request, reply, state);
      if (state.open === undefined) audit.record(happeningOf(request, state.route), result);
      else state.open.complete(result);
      state.isNoted = true;
      done(null, answer);
    } catch (error) {
      discard(answer);
      done(null, replaceWithError(asPrecertError(error), request, reply));
    }
  });
}

function routeOf(operation: string): AuditedRoute {
  return { ...auditedOperation(operation), operation };
}

function resultOf(request: FastifyRequest, reply: FastifyReply, state: Ongoing): AuditResult {
  const { route, answerIds = [] } = state;
  const status = reply.statusCode;
  return {
    outcome: outcomeOf(status),
    status,
    errorCode: answeredErrorCode(request),
    resourceIds: [
      ...(status < 400 ? knownIds(request, route) : callersIds(request, route)),
      ...textsOf(answerIds),
    ],
  };
}

/** Not for this caller, or not there: the API lets the two look the same, and so does the trail. */
const refusals: readonly number[] = [401, 403, 404, 429];

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'allowed';
  return refusals.includes(status) ? 'refused' : 'failed';
}

/** Ids in a request that was done: they are ids. */
function knownIds(request: FastifyRequest, route: AuditedRoute): readonly string[] {
  return textsOf(idsOfRequest(route, request));
}

/** Ids in a request that nobody has found to be right: a caller may have written a patient's name in their place. */
function callersIds(request: FastifyRequest, route: AuditedRoute): readonly string[] {
  return knownIds(request, route).filter((text) => mintedId.test(text));
}

/** As the server makes them: a prefix and 26 letters of its base 32, or 32 hex digits. */
const mintedId = /^([a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{32})$/;

function textsOf(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.filter((value) => typeof value === 'string'))].filter(isId);
}

/** A stream that nobody will read any more. */
function discard(answer: unknown): void {
  const isStream = typeof answer === 'object' && answer !== null && 'destroy' in answer;
  if (isStream && typeof answer.destroy === 'function') answer.destroy();
}

function asPrecertError(error: unknown): PrecertError {
  if (error instanceof PrecertError) return error;
  return new PrecertError('internal_error', 'The server could not process the request.', { cause: error });
}
