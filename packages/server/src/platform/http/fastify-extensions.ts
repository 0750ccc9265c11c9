import type { Lane } from './admitted-request.ts';
import type { ErrorEnvelopes } from './error-envelopes.ts';
import type { Readiness } from './graceful-stop.ts';
import type { QueryPlan } from './query-parameters.ts';
import type { BodyMode } from './request-body.ts';

/** Whole bodies for the reference, each under a name that says what it shows. */
export interface OperationExamples {
  readonly request?: Readonly<Record<string, unknown>>;
  /** By status. */
  readonly responses?: Readonly<Record<number, Readonly<Record<string, unknown>>>>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How the route takes its body; `json` when not given. */
    body?: BodyMode;
    /** Logs the route's requests at level debug: for probes. */
    quiet?: boolean;
    /** Units of the rate limits that a request costs; 1 for reads and 2 for writes when not given. */
    cost?: number;
    /** What keeps the process busy with it; `quick` when not given. */
    lane?: Lane;
    /** What a bearer must be allowed to do; by default what its method needs. */
    scope?: 'read' | 'write' | 'admin';
    /** Set by the server from the route's query schema. */
    queryPlan?: QueryPlan;
  }
  interface FastifySchema {
    operationId?: string;
    summary?: string;
    description?: string;
    tags?: readonly string[];
    /** `[]` for a public route. */
    security?: readonly Record<string, readonly string[]>[];
    hide?: boolean;
    examples?: OperationExamples;
  }
  interface FastifyInstance {
    readonly readiness: Readiness;
    /** Every route there is, as `GET /v1/things/:thingId`, whether documented or not. */
    servedRoutes(): readonly string[];
    readonly errorEnvelopes: ErrorEnvelopes;
  }
}
