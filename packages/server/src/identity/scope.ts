/** What a credential may do, each containing the ones before it: `read` looks, `write` changes, `admin` manages credentials. */
export const scopes = ['read', 'write', 'admin'] as const;

export type Scope = (typeof scopes)[number];

/** A scope and everything it contains, for `Principal.scopes`. */
export function scopesUpTo(scope: Scope): readonly Scope[] {
  return scopes.slice(0, scopes.indexOf(scope) + 1);
}
