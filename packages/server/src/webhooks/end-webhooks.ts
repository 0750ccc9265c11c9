import type { Queryable } from '../platform/database/database.ts';

/** Ends an organization's webhooks: nobody is told any more, and nothing signs. What was delivered stays in the log. */
export async function endWebhooks(database: Queryable, organizationId: string, now: Date): Promise<void> {
  const values = [organizationId, now];
  await database.execute(
    `update webhook_endpoint set deleted_at = $2, updated_at = $2
      where organization_id = $1 and deleted_at is null`,
    values,
  );
  await database.execute(
    `update webhook_delivery set status = 'cancelled', due_at = null, leased_until = null, finished_at = $2
      where organization_id = $1 and due_at is not null`,
    values,
  );
  await database.execute('delete from webhook_secret where organization_id = $1', [organizationId]);
}
