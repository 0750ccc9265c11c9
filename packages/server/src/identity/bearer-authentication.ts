import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asOrganization, asSystem } from '../platform/database/database-scope.ts';
import { headerValues } from '../platform/http/request-headers.ts';
import { type Authenticator, unauthorized } from './authenticator.ts';
import { type LoginGuard, logInUnderGuard } from './login-guard.ts';
import type { Principal } from './principal.ts';

const principals = new WeakMap<object, Principal>();

/**
 * For every route of the scope: knows the caller before a byte of the body is read, or answers 401, 403, 429 or 503; and
 * has the handler's statements run for the caller's organization.
 */
export function authenticateBearer(
  scope: Pick<FastifyInstance, 'addHook'>,
  authenticator: Authenticator,
  guard?: LoginGuard,
): void {
  scope.addHook('onRequest', async (request) => {
    const token = bearerToken(request);
    const principal = await logInUnderGuard(guard, { address: request.ip, token }, async () =>
      // Who is calling is what this finds out, so there is no organization yet.
      asSystem(() => authenticator.authenticate(token ?? refuse())),
    );
    principals.set(request, principal);
  });
  // The last hook before the handler: what reads the body runs on the socket's events and would lose the scope.
  scope.addHook('preHandler', (request, _reply, done) => {
    asOrganization(principalOf(request).organizationId, done);
  });
}

/** Who is calling; undefined for whoever was refused, or is not known yet. */
export function findPrincipal(request: object): Principal | undefined {
  return principals.get(request);
}

/** @throws Error on a route outside the scope of `authenticateBearer`: a defect. */
export function principalOf(request: object): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error('This route has no authentication.');
  return principal;
}

function refuse(): never {
  throw unauthorized();
}

/** Of exactly one header with exactly one token; the scheme's case is free (RFC 9110, 11.1). */
function bearerToken(request: FastifyRequest): string | undefined {
  const [value, ...others] = headerValues(request, 'Authorization');
  if (others.length > 0) return undefined;
  return /^bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(value ?? '')?.[1];
}
