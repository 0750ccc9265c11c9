import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asOrganization } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';
import { headerValues } from '../platform/http/request-headers.ts';
import { type Authenticator, type Principal, unauthorized } from './authenticator.ts';
import type { LoginGuard, LoginSource } from './login-guard.ts';

const principals = new WeakMap<object, Principal>();

/**
 * For every route of the scope: knows the caller before a byte of the body is read, or answers 401, 403 or 429; and has
 * the handler's statements run for the caller's organization.
 */
export function authenticateBearer(
  scope: Pick<FastifyInstance, 'addHook'>,
  authenticator: Authenticator,
  guard?: LoginGuard,
): void {
  scope.addHook('onRequest', async (request) => {
    const token = bearerToken(request);
    const source = { address: request.ip, token };
    await guard?.admit(source);
    try {
      principals.set(request, await authenticator.authenticate(token ?? refuse()));
    } catch (error) {
      await reportRefusal(guard, source, error);
      throw error;
    }
    guard?.onAccepted(source);
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

/** Only wrong tokens count: a failing provider, or a key of the other environment, is no guess. */
async function reportRefusal(
  guard: LoginGuard | undefined,
  source: LoginSource,
  error: unknown,
): Promise<void> {
  if (guard !== undefined && error instanceof PrecertError && error.code === 'unauthorized') {
    await guard.onRefused(source);
  }
}

function refuse(): never {
  throw unauthorized();
}

/** Of exactly one header with exactly one token; the scheme's case is free (RFC 9110, 11.1). */
function bearerToken(request: FastifyRequest): string | undefined {
  const [value, ...others] = headerValues(request, 'Authorization');
  if (others.length > 0) return undefined;
  return /^bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(value ?? '')?.[1];
}
