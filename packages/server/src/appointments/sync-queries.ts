import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { Queryable, Transaction } from '../platform/database/database.ts';
import { LeaseLostError } from '../platform/jobs/keep-lease.ts';

/** One worker's hold on the sync of an account. */
export interface SyncLease extends AccountReference {
  readonly leaseNumber: number;
  readonly appointmentCursor: string | undefined;
  readonly patientCursor: string | undefined;
}

interface LeaseRow {
  readonly lease_number: number;
  readonly appointment_cursor: string | null;
  readonly patient_cursor: string | null;
}

/** Undefined when the sync is not due, somebody holds it, or the account is not active. */
export async function leaseSync(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
  now: Date,
  leaseSeconds: number,
): Promise<SyncLease | undefined> {
  const [row] = await database.query<LeaseRow>(
    `update linked_account
        set lease_number = lease_number + 1, leased_until = now() + make_interval(secs => $4)
      where organization_id = $1 and id = $2 and revoked_at is null and state = 'active' and next_sync_at <= $3
        and (leased_until is null or leased_until <= now())
      returning lease_number, appointment_cursor, patient_cursor`,
    [organizationId, accountId, now, leaseSeconds],
  );
  if (row === undefined) return undefined;
  return {
    organizationId,
    accountId,
    leaseNumber: row.lease_number,
    appointmentCursor: row.appointment_cursor ?? undefined,
    patientCursor: row.patient_cursor ?? undefined,
  };
}

/**
 * Keeps a lease that is still ours, or gives it back with `seconds` 0. False when it has passed to another worker or was
 * given back: a renewal that waited behind the giving back must not take the account again.
 */
export async function extendSyncLease(
  database: Queryable,
  { organizationId, accountId, leaseNumber }: SyncLease,
  seconds: number,
): Promise<boolean> {
  const updated = await database.execute(
    `update linked_account set leased_until = now() + nullif(make_interval(secs => $4), interval '0')
      where organization_id = $1 and id = $2 and lease_number = $3 and leased_until is not null`,
    [organizationId, accountId, leaseNumber, seconds],
  );
  return updated === 1;
}

/** Stands in the transaction that writes what the page told. @throws LeaseLostError */
export async function storeCursor(
  transaction: Transaction,
  { organizationId, accountId, leaseNumber }: SyncLease,
  kind: 'appointment' | 'patient',
  cursor: string,
): Promise<void> {
  const column = kind === 'appointment' ? 'appointment_cursor' : 'patient_cursor';
  const updated = await transaction.execute(
    `update linked_account set ${column} = $4 where organization_id = $1 and id = $2 and lease_number = $3`,
    [organizationId, accountId, leaseNumber, cursor],
  );
  if (updated !== 1) throw new LeaseLostError('Another worker syncs this account.');
}

/** Ends a run and gives the lease back. @param syncedAt undefined when the run did not come to its end */
export async function finishSync(
  database: Queryable,
  { organizationId, accountId, leaseNumber }: SyncLease,
  nextSyncAt: Date,
  syncedAt: Date | undefined,
): Promise<void> {
  await database.execute(
    `update linked_account
        set leased_until = null, next_sync_at = $4, last_synced_at = coalesce($5, last_synced_at)
      where organization_id = $1 and id = $2 and lease_number = $3`,
    [organizationId, accountId, leaseNumber, nextSyncAt, syncedAt],
  );
}

/** For the sweeper, which serves all organizations: accounts whose sync is due and that nobody holds. */
export async function listDueSyncs(
  database: Queryable,
  now: Date,
  limit: number,
): Promise<readonly AccountReference[]> {
  return database.query(
    `select organization_id as "organizationId", id as "accountId" from linked_account
      where revoked_at is null and state = 'active' and next_sync_at <= $1
        and (leased_until is null or leased_until <= now())
      order by next_sync_at limit $2`,
    [now, limit],
  );
}
