import type { FastifyRequest } from 'fastify';
import { headerValues } from '../platform/http/request-headers.ts';
import { type Authenticator, unauthorized } from './authenticator.ts';
import type { Principal } from './principal.ts';

const principals = new WeakMap<object, Principal>();

/** An `onRequest` hook: knows the caller before a byte of the body is read, or answers 401 or 403. */
export function authenticateBearer(authenticator: Authenticator): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    principals.set(request, await authenticator.authenticate(bearerToken(request)));
  };
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
