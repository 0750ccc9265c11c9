import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scopes } from '../scope.ts';
import { scopesFromPermissions } from './permission-scopes.ts';

describe('scopes from permissions', () => {
  test.each([
    [[], ['read', 'write']],
    [
      ['posts:read', 'admin', 'PRECERT:ADMIN', 'precert'],
      ['read', 'write'],
    ],
    [['precert:read'], ['read']],
    [
      ['precert:admin', 'precert:read'],
      ['read', 'write', 'admin'],
    ],
    [['precert:'], []],
    [['precert:Admin'], []],
    [['precert:write ', 'precert:read'], ['read']],
  ])('of %j are %j', (permissions, expected) => {
    expect(scopesFromPermissions(permissions)).toEqual(expected);
  });

  test('are `admin` only where it stands, whatever else does', () => {
    const permission = fc.oneof(
      fc.string(),
      fc.constantFrom('precert:read', 'precert:write', 'precert:owner'),
      fc.string().map((text) => `precert:${text}`),
    );
    const property = fc.property(fc.array(permission), (permissions) => {
      const granted = scopesFromPermissions(permissions);
      expect(granted.includes('admin')).toBe(permissions.includes('precert:admin'));
      // A scope never comes without the ones it contains.
      expect(granted).toEqual(scopes.slice(0, granted.length));
    });
    fc.assert(property);
  });
});
