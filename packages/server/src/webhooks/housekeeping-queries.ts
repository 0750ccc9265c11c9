import type { Queryable } from '../platform/database/database.ts';

/** Finished deliveries with the log of their attempts. Returns how many went; at most `limit`. */
export async function deleteOldDeliveries(database: Queryable, before: Date, limit: number): Promise<number> {
  return database.execute(
    `delete from webhook_delivery where (organization_id, id) in (
       select organization_id, id from webhook_delivery where finished_at < $1 order by finished_at limit $2)`,
    [before, limit],
  );
}

/**
 * Events that no delivery names any more. Those of a job stay as long as its claim, which is never deleted: what became of
 * it may be looked up at any later time (contract claims.md, 4.5).
 */
export async function deleteOldEvents(database: Queryable, before: Date, limit: number): Promise<number> {
  return database.execute(
    `delete from webhook_event where (organization_id, id) in (
       select e.organization_id, e.id from webhook_event e
        where e.occurred_at < $1 and e.job_id is null and not exists (
          select from webhook_delivery d where d.organization_id = e.organization_id and d.event_id = e.id)
        order by e.occurred_at limit $2)`,
    [before, limit],
  );
}

export async function deleteExpiredSecrets(database: Queryable, now: Date): Promise<void> {
  await database.execute('delete from webhook_secret where expires_at <= $1', [now]);
}

/** Deleted endpoints without deliveries left to show, whatever secrets are left of them. */
export async function deleteForgottenEndpoints(database: Queryable): Promise<void> {
  await database.execute(
    `delete from webhook_secret s using webhook_endpoint w
      where w.organization_id = s.organization_id and w.id = s.endpoint_id and w.deleted_at is not null`,
  );
  await database.execute(
    `delete from webhook_endpoint w where w.deleted_at is not null and not exists (
       select from webhook_delivery d where d.organization_id = w.organization_id and d.endpoint_id = w.id)`,
  );
}
