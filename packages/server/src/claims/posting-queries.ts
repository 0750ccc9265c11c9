import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { LeasedClaim } from './claim.ts';
import { type LeasedRow, leasedColumns, leasedFromRow } from './claim-rows.ts';
import { creatableState, unsettledStates } from './lifecycle.ts';

/** One worker's hold on a claim. */
export type ClaimLease = Pick<LeasedClaim, 'organizationId' | 'accountId' | 'id' | 'leaseNumber'>;

/**
 * Chosen apart, once: a subquery with a limit and locks, under `in`, may be run again for every row and so take more than
 * its limit.
 */
const leaseStatement = {
  name: 'lease_due_claims',
  text: `
with due as materialized (
  select organization_id, account_id, id from claim
   where organization_id = $1 and account_id = $2 and due_at <= $3
     and (leased_until is null or leased_until <= now())
   order by due_at, id limit $5
   for update skip locked)
update claim c set lease_number = c.lease_number + 1, leased_until = now() + make_interval(secs => $4)
  from due
 where c.organization_id = due.organization_id and c.account_id = due.account_id and c.id = due.id
returning ${leasedColumns}`,
};

/**
 * Takes up to `limit` due claims of an account for one worker. Database time decides whether a former lease has run
 * out, so that a worker with a wrong clock takes nothing early. They come as they are kept, to be opened one by one: of
 * one that does not open the others must not wait.
 */
export async function leaseDueClaims(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
  options: { readonly now: Date; readonly leaseSeconds: number; readonly limit: number },
): Promise<readonly LeasedRow[]> {
  const { now, leaseSeconds, limit } = options;
  const values = [organizationId, accountId, now, leaseSeconds, limit];
  return database.query<LeasedRow>(leaseStatement, values);
}

/** @throws SealedValueError */
export function openLeased({ vault }: Pick<Store, 'vault'>, row: LeasedRow): Promise<LeasedClaim> {
  return vault.withKeys(row.organization_id, (keys) => leasedFromRow(keys, row));
}

/** Takes one unsettled claim, due or not; undefined when there is none of this id, or somebody holds it. */
export async function leaseClaim(
  { database, vault }: Store,
  organizationId: string,
  claimId: string,
  leaseSeconds: number,
): Promise<LeasedClaim | undefined> {
  const [row] = await database.query<LeasedRow>(
    `update claim c set lease_number = lease_number + 1, leased_until = now() + make_interval(secs => $3)
      where c.organization_id = $1 and c.id = $2 and c.state = any($4::text[])
        and (c.leased_until is null or c.leased_until <= now())
      returning ${leasedColumns}`,
    [organizationId, claimId, leaseSeconds, unsettledStates],
  );
  return row === undefined ? undefined : openLeased({ vault }, row);
}

/**
 * Keeps a lease that is still ours, or gives it back with `seconds` 0. False when it has passed to another worker or was
 * given back: a renewal that waited behind the giving back must not take the claim again.
 */
export async function extendClaimLease(
  database: Queryable,
  lease: ClaimLease,
  seconds: number,
): Promise<boolean> {
  const updated = await database.execute(
    {
      name: 'extend_claim_lease',
      text: `update claim set leased_until = now() + nullif(make_interval(secs => $5), interval '0')
              where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4
                and leased_until is not null`,
    },
    [lease.organizationId, lease.accountId, lease.id, lease.leaseNumber, seconds],
  );
  return updated === 1;
}

/**
 * The point of no return: from now on the EMR may have the claim, whatever becomes of this process. The lease has its
 * whole time ahead. False when it has passed to another worker.
 */
export async function recordIntent(
  database: Queryable,
  lease: ClaimLease,
  leaseSeconds: number,
): Promise<boolean> {
  const updated = await database.execute(
    {
      name: 'record_claim_intent',
      text: `update claim
                set intent_at = now(), create_calls = create_calls + 1,
                    leased_until = now() + make_interval(secs => $5)
              where organization_id = $1 and account_id = $2 and id = $3 and lease_number = $4
                and state = $6`,
    },
    [lease.organizationId, lease.accountId, lease.id, lease.leaseNumber, leaseSeconds, creatableState],
  );
  return updated === 1;
}

/**
 * For the sweeper, which serves all organizations: accounts with due claims that nobody holds. Not those of an organization
 * whose keys were destroyed: nobody can work on them any more.
 */
export async function listAccountsWithDueClaims(
  database: Queryable,
  now: Date,
  limit: number,
): Promise<readonly AccountReference[]> {
  return database.query(
    `select distinct organization_id as "organizationId", account_id as "accountId" from claim
      where due_at <= $1 and (leased_until is null or leased_until <= now())
        and exists (select from organization o where o.id = claim.organization_id and o.shredded_at is null)
      limit $2`,
    [now, limit],
  );
}
