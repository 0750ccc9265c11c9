import { createKeyedHash } from '../platform/crypto/keyed-hash.ts';
import { type AuditEntry, makeEntry } from './audit-entry.ts';

export const keyedForTests = createKeyedHash(
  Buffer.from('a secret for tests, 32 characters or more'),
  'audit',
);

/** An entry like those of the API, told apart by its number. */
export function entryForTests(number: number, organizationId = 'org_one'): AuditEntry {
  return makeEntry(
    `aud_${String(number).padStart(26, '0')}`,
    new Date(Date.UTC(2026, 2, 13) + number * 1_000),
    {
      organizationId,
      actor: { kind: 'key', id: 'key_one' },
      operation: 'getAuthorization',
      resourceType: 'prior_authorization',
      resourceIds: [`auth_${number}`],
      requestId: `req_${number}`,
    },
    { outcome: 'allowed', status: 200 },
  );
}
