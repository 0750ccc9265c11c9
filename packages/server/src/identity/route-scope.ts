import type { FastifyRequest, RouteOptions } from 'fastify';
import { PrecertError } from '../platform/errors.ts';
import { principalOf } from './bearer-authentication.ts';
import type { Scope } from './scope.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed to do. When not given: `read` for GET and HEAD, `write` for everything else. */
    scope?: Scope;
  }
}

/**
 * An `onRoute` hook: the one place where a route's scope is settled. What is enforced and what `openapi.json` says
 * (OpenAPI 3.1, Security Requirement Object: roles of a bearer) are the same value.
 */
export function declareScope(route: RouteOptions): void {
  const scope = route.config?.scope ?? defaultScope([route.method].flat());
  route.config = { ...route.config, scope };
  route.schema = { ...route.schema, security: [{ bearer: [scope] }] };
}

function defaultScope(methods: readonly string[]): Scope {
  return methods.every((method) => method === 'GET' || method === 'HEAD') ? 'read' : 'write';
}

/**
 * An `onRequest` hook behind authentication.
 * @throws PrecertError `insufficient_permissions`
 */
export async function requireScope(request: FastifyRequest): Promise<void> {
  const { scope } = request.routeOptions.config;
  // A route that came by `declareScope` has one; any other is a defect, and closed.
  if (scope === undefined) throw new Error('This route has no scope.');
  if (principalOf(request).scopes.includes(scope)) return;
  throw new PrecertError('insufficient_permissions', `The credential lacks the scope \`${scope}\`.`, {
    details: { requiredScope: scope },
  });
}
