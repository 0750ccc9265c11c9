/** What tables keep sealed, opened and sealed with the server's own keys. */

import type { ClaimSecrets } from '../../../src/claims/claim-secrets.ts';
import { openClaim } from '../../../src/claims/claim-secrets.ts';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import type { OrganizationKeys } from '../../../src/platform/encryption/organization-keys.ts';
import { openEvent } from '../../../src/webhooks/sealed-rows.ts';
import type { TestServer } from '../api/test-server.ts';

export function organizationKeys({ app }: TestServer, organizationId: string): Promise<OrganizationKeys> {
  return asOrganization(organizationId, () => app.encryption.vault.keysOf(organizationId));
}

export interface StoredEvent {
  readonly id: string;
  readonly organizationId: string;
  readonly type: string;
  /** The text that is sent. */
  readonly body: string;
}

/** Events of webhooks as they are kept, oldest first. */
export async function storedEvents(
  server: TestServer,
  condition = 'true',
  values: readonly unknown[] = [],
): Promise<readonly StoredEvent[]> {
  const rows = await server.database.query<Omit<StoredEvent, 'body'> & { readonly sealed: Uint8Array }>(
    `select id, organization_id as "organizationId", type, sealed from webhook_event
      where ${condition} order by occurred_at, id`,
    values,
  );
  return Promise.all(
    rows.map(async ({ sealed, ...event }) => {
      const keys = await organizationKeys(server, event.organizationId);
      return { ...event, body: openEvent(keys, event.id, sealed) };
    }),
  );
}

/** What the row of a claim keeps sealed; undefined while it keeps nothing. */
export async function storedClaimSecrets(
  server: TestServer,
  claimId: string,
): Promise<ClaimSecrets | undefined> {
  const [row] = await server.database.query<{
    readonly organizationId: string;
    readonly accountId: string;
    readonly sealed: Uint8Array | null;
  }>(
    `select organization_id as "organizationId", account_id as "accountId", sealed from claim where id = $1`,
    [claimId],
  );
  if (row === undefined || row.sealed === null) return undefined;
  const keys = await organizationKeys(server, row.organizationId);
  return openClaim(keys, { accountId: row.accountId, id: claimId }, row.sealed);
}
