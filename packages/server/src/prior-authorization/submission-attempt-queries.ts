import type { Database, Queryable } from '../platform/database/database.ts';
import type { ChannelPlaces } from '../submission/channel.ts';
import type { SubmissionChannel } from './prior-authorization.ts';
import type {
  AttemptFailure,
  AttemptStatus,
  Correlation,
  Evidence,
  SubmissionAttempt,
} from './submission-attempt.ts';

interface AttemptRow {
  readonly organization_id: string;
  readonly id: string;
  readonly authorization_id: string;
  readonly attempt_number: number;
  readonly authorization_version: number;
  readonly channel: SubmissionChannel;
  readonly status: AttemptStatus;
  readonly lease_number: number;
  readonly leased_until: Date | null;
  readonly next_inquiry_at: Date | null;
  readonly unsent_tries: number;
  readonly packet_artifact_id: string | null;
  readonly handed_over_at: Date | null;
  readonly accepted_at: Date | null;
  readonly delivered_at: Date | null;
  readonly completed_at: Date | null;
  readonly failed_at: Date | null;
  readonly failure: AttemptFailure | null;
  readonly correlations: readonly Correlation[];
  readonly evidence: readonly Evidence[];
  readonly created_at: Date;
}

const columns = `organization_id, id, authorization_id, attempt_number, authorization_version, channel, status,
  lease_number, leased_until, next_inquiry_at, unsent_tries, packet_artifact_id, handed_over_at, accepted_at, delivered_at,
  completed_at, failed_at, failure, correlations, evidence, created_at`;

export async function findAttempt(
  database: Queryable,
  organizationId: string,
  attemptId: string,
): Promise<SubmissionAttempt | undefined> {
  const rows = await database.query<AttemptRow>(
    `select ${columns} from submission_attempt where organization_id = $1 and id = $2`,
    [organizationId, attemptId],
  );
  return rows[0] === undefined ? undefined : attemptFromRow(rows[0]);
}

/** Newest first. */
export async function listAttempts(
  database: Queryable,
  organizationId: string,
  authorizationId: string,
  page: { readonly beforeNumber: number | undefined; readonly limit: number },
): Promise<readonly SubmissionAttempt[]> {
  const rows = await database.query<AttemptRow>(
    `select ${columns} from submission_attempt
      where organization_id = $1 and authorization_id = $2 and ($3::integer is null or attempt_number < $3)
      order by attempt_number desc limit $4`,
    [organizationId, authorizationId, page.beforeNumber ?? null, page.limit],
  );
  return rows.map(attemptFromRow);
}

/**
 * Takes the attempt for one worker. Database time decides whether the former lease has run out, so that a
 * worker with a wrong clock takes nothing early.
 * @param places attempts of a channel that may be held at once, of all organizations and by all processes; a channel
 *   that is not named has no limit
 * @returns undefined when the attempt is finished or held by somebody else, or its channel has no place free.
 */
export async function leaseAttempt(
  database: Database,
  organizationId: string,
  attemptId: string,
  leaseSeconds: number,
  places: ChannelPlaces = {},
): Promise<SubmissionAttempt | undefined> {
  const rows = await database.transaction(async (transaction) => {
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
        returning ${columns}`,
      [organizationId, attemptId, leaseSeconds, places],
    );
  });
  return rows[0] === undefined ? undefined : attemptFromRow(rows[0]);
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

function attemptFromRow(row: AttemptRow): SubmissionAttempt {
  return {
    organizationId: row.organization_id,
    id: row.id,
    authorizationId: row.authorization_id,
    attemptNumber: row.attempt_number,
    authorizationVersion: row.authorization_version,
    channel: row.channel,
    status: row.status,
    leaseNumber: row.lease_number,
    unsentTries: row.unsent_tries,
    correlations: row.correlations,
    evidence: row.evidence,
    createdAt: row.created_at,
    ...(row.leased_until === null ? {} : { leasedUntil: row.leased_until }),
    ...(row.next_inquiry_at === null ? {} : { nextInquiryAt: row.next_inquiry_at }),
    ...(row.packet_artifact_id === null ? {} : { packetArtifactId: row.packet_artifact_id }),
    ...(row.handed_over_at === null ? {} : { handedOverAt: row.handed_over_at }),
    ...(row.accepted_at === null ? {} : { acceptedAt: row.accepted_at }),
    ...(row.delivered_at === null ? {} : { deliveredAt: row.delivered_at }),
    ...(row.completed_at === null ? {} : { completedAt: row.completed_at }),
    ...(row.failed_at === null ? {} : { failedAt: row.failed_at }),
    ...(row.failure === null ? {} : { failure: row.failure }),
  };
}
