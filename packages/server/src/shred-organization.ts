import type { App } from './app.ts';
import { takeAllOffSchedule } from './claims/settlement-queries.ts';
import { revokeAllCredentials } from './identity/credential-queries.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { destroyDataKeys } from './platform/encryption/data-key-queries.ts';
import { endAttempts } from './prior-authorization/submission-attempt-queries.ts';
import { endWebhooks } from './webhooks/end-webhooks.ts';

/**
 * Destroys an organization's keys, and with them everything it has sealed, here and in every copy of the database that
 * is made from now on. Ids, states, times and events stay. Its credentials are revoked and its webhooks end; nothing of it
 * is worked on.
 * @returns false when there is no such organization, or its keys were destroyed before
 */
export function shredOrganization(app: App, organizationId: string): Promise<boolean> {
  const now = app.encryption.clock.now();
  return asSystem(() =>
    app.database.transaction(async (transaction) => {
      const isShredded = await destroyDataKeys(transaction, organizationId, now);
      if (!isShredded) return false;
      await revokeAllCredentials(transaction, organizationId, now);
      await endAttempts(transaction, organizationId, now);
      await takeAllOffSchedule(transaction, organizationId);
      await endWebhooks(transaction, organizationId, now);
      return true;
    }),
  );
}
