import type { FastifyRequest } from 'fastify';
import { PrecertError } from '../platform/errors.ts';
import { headerValues } from '../platform/http/request-headers.ts';
import { type Authenticator, unauthorized } from './authenticator.ts';
import type { LoginGuard, LoginSource } from './login-guard.ts';
import type { Principal } from './principal.ts';

const principals = new WeakMap<object, Principal>();

/** An `onRequest` hook: knows the caller before a byte of the body is read, or answers 401, 403, 429 or 503. */
export function authenticateBearer(
  authenticator: Authenticator,
  guard?: LoginGuard,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const token = bearerToken(request);
    const source = { address: request.ip, token };
    await guard?.admit(source);
    try {
      principals.set(request, await authenticator.authenticate(token ?? refuse()));
    } catch (error) {
      await reportRefusal(guard, source, error);
      throw error;
    }
  };
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
  return /^bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(value ?? '')?.[1];
}
