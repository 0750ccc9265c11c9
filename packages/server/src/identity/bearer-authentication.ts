import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asOrganization } from '../platform/database/database-scope.ts';
import { headerValues } from '../platform/http/request-headers.ts';
import { type Authenticator, type Principal, unauthorized } from './authenticator.ts';

const principals = new WeakMap<object, Principal>();

/**
 * For every route of the scope: knows the caller before a byte of the body is read, or answers 401 or 403; and has the
 * handler's statements run for the caller's organization.
 */
export function authenticateBearer(
  scope: Pick<FastifyInstance, 'addHook'>,
  authenticator: Authenticator,
): void {
  scope.addHook('onRequest', async (request) => {
    principals.set(request, await authenticator.authenticate(bearerToken(request)));
  });
  // The last hook before the handler: what reads the body runs on the socket's events and would lose the scope.
  scope.addHook('preHandler', (request, _reply, done) => {
    asOrganization(principalOf(request).organizationId, done);
  });
}

/** @throws Error on a route outside the scope of `authenticateBearer`: a defect. */
export function principalOf(request: object): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error('This route has no authentication.');
  return principal;
}

/** Exactly one header with exactly one token; the scheme's case is free (RFC 9110, 11.1). */
function bearerToken(request: FastifyRequest): string {
  const [value, ...others] = headerValues(request, 'Authorization');
  const token = /^bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(value ?? '')?.[1];
  if (token === undefined || others.length > 0) throw unauthorized();
  return token;
}
