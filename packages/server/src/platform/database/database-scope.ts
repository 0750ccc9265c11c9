import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * For whom a statement runs. Queries name their organization themselves; the scope is a second, independent word on the
 * same matter: it is set once, where a request or a job begins, from who is calling, and PostgreSQL's row-level security
 * holds every statement to it. A query that names another organization finds nothing.
 */
export type DatabaseScope =
  /** Rows of this organization alone. */
  | { readonly kind: 'organization'; readonly organizationId: string }
  /** Rows of all organizations: for what looks for due work, and for finding out who is calling. */
  | { readonly kind: 'system' }
  /** As the user of the connection, which owns the tables: for migrations and tables of no organization. */
  | { readonly kind: 'owner' };

/** Roles of `migrations/0009`; neither owns anything nor may bypass row-level security. */
export const tenantRole = 'precert_tenant';
export const systemRole = 'precert_system';

const scopes = new AsyncLocalStorage<DatabaseScope>();

export function asOrganization<Result>(organizationId: string, work: () => Result): Result {
  return scopes.run({ kind: 'organization', organizationId }, work);
}

export function asSystem<Result>(work: () => Result): Result {
  return scopes.run({ kind: 'system' }, work);
}

export function asOwner<Result>(work: () => Result): Result {
  return scopes.run({ kind: 'owner' }, work);
}

/** Where nobody said for whom: nobody's rows. */
const nobody: DatabaseScope = { kind: 'organization', organizationId: '' };

export function currentScope(): DatabaseScope {
  return scopes.getStore() ?? nobody;
}

/** Role and organization of a scope; undefined: those of the connection. */
export function scopeSettings(
  scope: DatabaseScope,
): { readonly role: string; readonly organizationId: string } | undefined {
  if (scope.kind === 'owner') return undefined;
  if (scope.kind === 'system') return { role: systemRole, organizationId: '' };
  return { role: tenantRole, organizationId: scope.organizationId };
}
