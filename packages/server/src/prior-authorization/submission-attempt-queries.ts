import type { Queryable } from '../platform/database/database.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';
import { type AttemptRow, attemptColumns, attemptFromRow } from './submission-attempt-rows.ts';

export async function findAttempt(
  { database, vault }: Store,
  organizationId: string,
  attemptId: string,
): Promise<SubmissionAttempt | undefined> {
  const [row] = await database.query<AttemptRow>(
    `select ${attemptColumns} from submission_attempt where organization_id = $1 and id = $2`,
    [organizationId, attemptId],
  );
  return row === undefined ? undefined : vault.withKeys(organizationId, (keys) => attemptFromRow(keys, row));
}

/** Newest first. */
export async function listAttempts(
  { database, vault }: Store,
  organizationId: string,
  authorizationId: string,
  page: { readonly beforeNumber: number | undefined; readonly limit: number },
): Promise<readonly SubmissionAttempt[]> {
  const rows = await database.query<AttemptRow>(
    `select ${attemptColumns} from submission_attempt
      where organization_id = $1 and authorization_id = $2 and ($3::integer is null or attempt_number < $3)
      order by attempt_number desc limit $4`,
    [organizationId, authorizationId, page.beforeNumber ?? null, page.limit],
  );
  if (rows.length === 0) return [];
  return vault.withKeys(organizationId, (keys) => rows.map((row) => attemptFromRow(keys, row)));
}

/**
 * Takes the attempt for one worker. Database time decides whether the former lease has run out, so that a
 * worker with a wrong clock takes nothing early.
 * @returns undefined when the attempt is finished or held by somebody else.
 */
export async function leaseAttempt(
  { database, vault }: Store,
  organizationId: string,
  attemptId: string,
  leaseSeconds: number,
): Promise<SubmissionAttempt | undefined> {
  const [row] = await database.query<AttemptRow>(
    `update submission_attempt
        set lease_number = lease_number + 1, leased_until = now() + make_interval(secs => $3)
      where organization_id = $1 and id = $2 and status in ('pending', 'outcome_unknown')
        and (leased_until is null or leased_until <= now())
      returning ${attemptColumns}`,
    [organizationId, attemptId, leaseSeconds],
  );
  return row === undefined ? undefined : vault.withKeys(organizationId, (keys) => attemptFromRow(keys, row));
}

/** Keeps a lease that is still ours, or gives it back with `seconds` 0. False when it has passed to another worker. */
export async function extendLease(
  database: Queryable,
  attempt: { readonly organizationId: string; readonly id: string; readonly leaseNumber: number },
  seconds: number,
): Promise<boolean> {
  const updated = await database.execute(
    `update submission_attempt set leased_until = now() + make_interval(secs => $4)
      where organization_id = $1 and id = $2 and lease_number = $3 and status in ('pending', 'outcome_unknown')`,
    [attempt.organizationId, attempt.id, attempt.leaseNumber, seconds],
  );
  return updated === 1;
}

export interface AttemptReference {
  readonly organizationId: string;
  readonly id: string;
}

/** For the sweeper, which serves all organizations: hand-overs to be made that nobody holds, oldest first. */
export async function listAbandonedAttempts(
  database: Queryable,
  limit: number,
): Promise<readonly AttemptReference[]> {
  return database.query(
    `select organization_id as "organizationId", id from submission_attempt
      where status = 'pending' and (leased_until is null or leased_until <= now())
      order by created_at limit $1`,
    [limit],
  );
}

/** For the sweeper: unknown outcomes that are to be asked about now. */
export async function listDueInquiries(
  database: Queryable,
  now: Date,
  limit: number,
): Promise<readonly AttemptReference[]> {
  return database.query(
    `select organization_id as "organizationId", id from submission_attempt
      where status = 'outcome_unknown' and next_inquiry_at <= $1 and (leased_until is null or leased_until <= now())
      order by next_inquiry_at limit $2`,
    [now, limit],
  );
}

/** Ends what an organization has under way, without a word of why: there is no key to seal it with any more. */
export async function endAttempts(database: Queryable, organizationId: string, now: Date): Promise<void> {
  await database.execute(
    `update submission_attempt set status = 'failed', failed_at = $2
      where organization_id = $1 and status in ('pending', 'outcome_unknown')`,
    [organizationId, now],
  );
}
