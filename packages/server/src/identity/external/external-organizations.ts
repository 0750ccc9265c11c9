import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { findExternalOrganization, insertExternalOrganization } from './external-organization-queries.ts';

/** Which of our organizations one of an identity provider's is. */
export interface ExternalOrganizations {
  /** The organization's id; made when it is seen for the first time, by however many processes at once. */
  organizationIdOf(externalId: string): Promise<string>;
}

const capacity = 10_000;

/** @param provider `workos`, or `oidc:` and the issuer */
export function createExternalOrganizations(
  dependencies: { readonly database: Queryable; readonly clock: Clock },
  provider: string,
): ExternalOrganizations {
  const { database, clock } = dependencies;
  // A mapping never changes once it is there.
  const known = new Map<string, string>();

  async function findOrCreate(externalId: string): Promise<string> {
    const found = await findExternalOrganization(database, provider, externalId);
    if (found !== undefined) return found;
    const organizationId = derivedId(provider, externalId);
    await insertExternalOrganization(database, {
      provider,
      externalId,
      organizationId,
      createdAt: clock.now(),
    });
    // Somebody else may have mapped it to another organization in between.
    return (await findExternalOrganization(database, provider, externalId)) ?? organizationId;
  }

  return {
    async organizationIdOf(externalId) {
      const kept = known.get(externalId);
      if (kept !== undefined) return kept;
      const organizationId = await findOrCreate(externalId);
      if (known.size >= capacity) known.clear();
      known.set(externalId, organizationId);
      return organizationId;
    },
  };
}

const base32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same id wherever and whenever it is derived, so that processes that race write the same row: 130 bits of SHA-256. */
function derivedId(provider: string, externalId: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([provider, externalId]))
    .digest();
  return `org_${Array.from(digest.subarray(0, 26), (byte) => base32.charAt(byte % 32)).join('')}`;
}
