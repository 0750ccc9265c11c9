import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asOrganization } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';
import { headerValues } from '../platform/http/request-headers.ts';
import { type ClaimsAuthenticator, type ClaimsCaller, invalidCredentials } from './claims-authenticator.ts';
import { type LoginGuard, type LoginSource, logInUnderGuard } from './login-guard.ts';

const callers = new WeakMap<object, ClaimsCaller>();
const accounts = new WeakMap<object, string>();

const clientHeaders = ['client_id', 'client_secret'] as const;

/**
 * For every route of the scope: knows the client before a byte of the body is read, or answers 401 or 403; and has the
 * handler's statements run for the client's organization.
 */
export function authenticateClient(
  scope: RouteScope,
  authenticator: ClaimsAuthenticator,
  guard?: LoginGuard,
): void {
  scope.addHook('onRequest', async (request) => {
    const caller = await logInUnderGuard(guard, sourceOf(request), async () => {
      const [clientId, clientSecret] = readHeaders(request, clientHeaders);
      return authenticator.authenticateClient({ clientId, clientSecret });
    });
    callers.set(request, caller);
  });
  runForOrganization(scope);
}

/** As `authenticateClient`, and knows the linked account. */
export function authenticateAccount(
  scope: RouteScope,
  authenticator: ClaimsAuthenticator,
  guard?: LoginGuard,
): void {
  scope.addHook('onRequest', async (request) => {
    await logInUnderGuard(guard, sourceOf(request), async () => {
      const [clientId, clientSecret, accessToken] = readHeaders(request, [...clientHeaders, 'access_token']);
      const caller = await authenticator.authenticateClient({ clientId, clientSecret });
      // First the client: who it was is known even when its token names no account.
      callers.set(request, caller);
      accounts.set(request, await authenticator.authenticateAccount(caller, accessToken));
    });
  });
  runForOrganization(scope);
}

/** The client's id names the key; what has to be right is all three headers together. */
function sourceOf(request: FastifyRequest): LoginSource {
  const values = [...clientHeaders, 'access_token'].map((name) => headerValues(request, name).join('\n'));
  const clientId = values[0]?.slice(0, 64);
  return { address: request.ip, token: values.join('\n'), key: clientId === '' ? undefined : clientId };
}

type RouteScope = Pick<FastifyInstance, 'addHook'>;

/** The last hook before the handler: what reads the body runs on the socket's events and would lose the scope. */
function runForOrganization(scope: RouteScope): void {
  scope.addHook('preHandler', (request, _reply, done) => {
    asOrganization(claimsCallerOf(request).organizationId, done);
  });
}

/** Who is calling, and for which account, as far as it is known. */
export function findClaimsCaller(
  request: object,
): (ClaimsCaller & { readonly accountId: string | undefined }) | undefined {
  const caller = callers.get(request);
  return caller === undefined ? undefined : { ...caller, accountId: accounts.get(request) };
}

/** @throws Error on a route outside the scope of either hook: a defect. */
export function claimsCallerOf(request: object): ClaimsCaller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('This route has no authentication.');
  return caller;
}

/** The scope of everything a linked account may see (contract README, claims 7). */
export interface AccountScope {
  readonly organizationId: string;
  readonly accountId: string;
}

/** @throws Error on a route outside the scope of `authenticateAccount`: a defect. */
export function accountScopeOf(request: object): AccountScope {
  const accountId = accounts.get(request);
  if (accountId === undefined) throw new Error('This route knows no linked account.');
  return { organizationId: claimsCallerOf(request).organizationId, accountId };
}

type TextOfEach<Names extends readonly string[]> = { [Index in keyof Names]: string };

/**
 * Exactly one value of each header. What is missing is told for all of them alike.
 * @throws PrecertError `unauthorized`
 */
function readHeaders<const Names extends readonly string[]>(
  request: FastifyRequest,
  names: Names,
): TextOfEach<Names> {
  const values = names.map((name) => headerValues(request, name));
  if (values.some(([first]) => first === undefined || first === '')) {
    throw new PrecertError('unauthorized', `The headers ${listed(names)} are required.`);
  }
  if (values.some((sent) => sent.length > 1)) throw invalidCredentials();
  // One text per name, in their order.
  return values.map(([only]) => only) as TextOfEach<Names>;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
