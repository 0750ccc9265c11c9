import type { Database, Queryable } from '../platform/database/database.ts';
import { asSystem } from '../platform/database/database-scope.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { ChannelPlaces } from '../submission/channel.ts';
import type { SubmissionChannel } from './prior-authorization.ts';
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
 * @param places attempts of a channel that may be held at once, of all organizations and by all processes; a channel
 *   that is not named has no limit
 * @returns undefined when the attempt is finished or held by somebody else, or its channel has no place free.
 */
export async function leaseAttempt(
  { database, vault }: Store & { readonly database: Database },
  organizationId: string,
  attemptId: string,
  leaseSeconds: number,
  places: ChannelPlaces = {},
): Promise<SubmissionAttempt | undefined> {
  // The places of a channel are counted over all organizations.
  const [row] = await asSystem(() =>
    database.transaction(async (transaction) => {
      await lockChannelOf(transaction, organizationId, attemptId);
      return transaction.query<AttemptRow>(
        `update submission_attempt
          set lease_number = lease_number + 1, leased_until = now() + make_interval(secs => $3)
        where organization_id = $1 and id = $2 and status in ('pending', 'outcome_unknown')
          and (leased_until is null or leased_until <= now())
          and (not $4::jsonb ? channel or ($4::jsonb ->> channel)::integer > (
            select count(*) from submission_attempt held
             where held.channel = submission_attempt.channel and held.status in ('pending', 'outcome_unknown')
               and held.leased_until > now()))
        returning ${attemptColumns}`,
        [organizationId, attemptId, leaseSeconds, places],
      );
    }),
  );
  return row === undefined ? undefined : vault.withKeys(organizationId, (keys) => attemptFromRow(keys, row));
}

/** A statement of its own: the one that counts has to begin when the lock is held, to see what the former holder took. */
async function lockChannelOf(
  transaction: Queryable,
  organizationId: string,
  attemptId: string,
): Promise<void> {
  await transaction.query(
    `select kind from submission_channel
      where kind = (select channel from submission_attempt where organization_id = $1 and id = $2) for update`,
    [organizationId, attemptId],
  );
}

/**
 * Keeps a lease that is still ours, or gives it back with `seconds` 0. False when it has passed to another worker or was
 * given back: a renewal that waited behind the giving back must not take the attempt again.
 */
export async function extendLease(
  database: Queryable,
  attempt: { readonly organizationId: string; readonly id: string; readonly leaseNumber: number },
  seconds: number,
): Promise<boolean> {
  const updated = await database.execute(
    `update submission_attempt set leased_until = now() + nullif(make_interval(secs => $4), interval '0')
      where organization_id = $1 and id = $2 and lease_number = $3 and leased_until is not null
        and status in ('pending', 'outcome_unknown')`,
    [attempt.organizationId, attempt.id, attempt.leaseNumber, seconds],
  );
  return updated === 1;
}

export interface AttemptReference {
  readonly organizationId: string;
  readonly id: string;
}

/**
 * For the sweeper, which serves all organizations: hand-overs to be made that nobody holds, the oldest of each channel.
 * @param places of a channel named no more are listed than may be held at once
 */
export async function listAbandonedAttempts(
  database: Queryable,
  places: ChannelPlaces,
  limit: number,
): Promise<readonly AttemptReference[]> {
  return database.query(
    `select organization_id as "organizationId", id from (
       select organization_id, id, channel, created_at,
              row_number() over (partition by channel order by created_at) as turn
         from submission_attempt
        where status = 'pending' and (leased_until is null or leased_until <= now())) waiting
      where turn <= coalesce(($1::jsonb ->> channel)::integer, $2)
      order by created_at limit $2`,
    [places, limit],
  );
}

/** The oldest attempt of a channel that nobody has taken yet, of whatever organization: it waits for a place. */
export async function findWaitingAttempt(
  database: Queryable,
  channel: SubmissionChannel,
): Promise<AttemptReference | undefined> {
  const rows = await database.query<AttemptReference>(
    `select organization_id as "organizationId", id from submission_attempt
      where status = 'pending' and lease_number = 0 and channel = $1 order by created_at limit 1`,
    [channel],
  );
  return rows[0];
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
