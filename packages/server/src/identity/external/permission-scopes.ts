import { type Scope, scopes, scopesUpTo } from '../scope.ts';

const prefix = 'precert:';

/** What a credential may do for whom nobody said anything: work with cases, not hand out keys. */
const defaultScope: Scope = 'write';

/**
 * Scopes from an identity provider's permissions: the highest of `precert:read`, `precert:write` and `precert:admin`.
 * Others' permissions mean nothing here. A `precert:` permission nobody knows grants nothing, and stands in the way of
 * the default: whoever wrote it meant to limit something.
 */
export function scopesFromPermissions(permissions: readonly string[]): readonly Scope[] {
  const ours = permissions.filter((permission) => permission.startsWith(prefix));
  if (ours.length === 0) return scopesUpTo(defaultScope);
  const granted = scopes.findLast((scope) => ours.includes(`${prefix}${scope}`));
  return granted === undefined ? [] : scopesUpTo(granted);
}
