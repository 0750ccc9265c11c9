import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PrecertError } from '../errors.ts';
import type { QuotaPolicy } from '../rate-limits/leased-quota.ts';
import { windowMs } from '../rate-limits/quota-window.ts';
import type { QuotaState, QuotaUse, SharedQuotas } from '../rate-limits/shared-quotas.ts';

/** Units of routes that name no cost of their own. */
const readCost = 1;
const writeCost = 2;

export interface RateLimits {
  readonly quotas: SharedQuotas;
  /** Whose quotas a request is charged to. Asked after authentication: who is nobody costs nobody anything. */
  readonly usesOf: (request: FastifyRequest) => readonly QuotaUse[];
  /** From 0 up to 1. */
  readonly random: () => number;
}

/**
 * For every route of the scope, after whatever hooks it has by now: charges the request and tells what is left, in the
 * fields of draft-ietf-httpapi-ratelimit-headers-11; over the limit it is 429 before a byte of its body is read.
 */
export function limitRate(
  scope: Pick<FastifyInstance, 'addHook'>,
  { quotas, usesOf, random }: RateLimits,
): void {
  scope.addHook('onRequest', async (request, reply) => {
    const uses = usesOf(request);
    if (uses.length === 0) return;
    const { refusedBy, states } = await quotas.take(uses, costOf(request));
    reply.header('ratelimit-policy', policyField(uses.map(({ policy }) => policy)));
    reply.header('ratelimit', stateField(states));
    if (refusedBy !== undefined) throw rateLimited(refusedBy, random);
  });
}

function costOf(request: FastifyRequest): number {
  const { cost } = request.routeOptions.config;
  return cost ?? (request.method === 'GET' || request.method === 'HEAD' ? readCost : writeCost);
}

/** A 429 that names the limit. Who waited comes back at a moment of his own, never before the window ends. */
export function rateLimited({ policy, resetMs }: QuotaState, random: () => number): PrecertError {
  const jitterMs = random() * windowMs * 0.1;
  return new PrecertError('rate_limited', 'Too many requests; wait as Retry-After says.', {
    retryAfterSeconds: Math.ceil((resetMs + jitterMs) / 1000),
    details: { policy: policy.name },
  });
}

function policyField(policies: readonly QuotaPolicy[]): string {
  return policies.map(({ name, quota }) => `"${name}";q=${quota};w=${windowMs / 1000}`).join(', ');
}

function stateField(states: readonly QuotaState[]): string {
  return states
    .map(({ policy, remaining, resetMs }) => `"${policy.name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`)
    .join(', ');
}
