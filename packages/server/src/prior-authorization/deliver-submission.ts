import { asSystem } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';
import { LeaseLostError } from '../platform/jobs/keep-lease.ts';
import type { Channel, Payload, SubmissionOutcome } from '../submission/channel.ts';
import { keepAttemptLease, renewLease, writeAttempt } from './attempt-lease.ts';
import { auditHandOver } from './audit-hand-over.ts';
import { getCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { inquire } from './inquire-submission.ts';
import { preparePacket, readPayload, UnreadableAttachmentError } from './prepare-packet.ts';
import { recordFailure, recordOutcome } from './record-outcome.ts';
import type { AttemptFailure, SubmissionAttempt } from './submission-attempt.ts';
import { extendLease, findWaitingAttempt, leaseAttempt } from './submission-attempt-queries.ts';

/** A try that provably sent nothing is repeated by the queue this often before the attempt fails. */
const maximumUnsentTries = 3;

/** Thrown to have the queue try again; nothing has left. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/**
 * Hands one attempt over to its channel, if that has a place free. Safe to run at any time and any number of times: it takes the attempt
 * for itself or does nothing; it records that the packet may leave before the channel is called; and once that
 * is recorded it never sends again but asks the channel what became of it.
 * @throws NotSentError to be called again
 */
export async function deliverSubmission(
  context: PriorAuthorizationContext,
  reference: { readonly organizationId: string; readonly attemptId: string },
): Promise<void> {
  const { organizationId, attemptId } = reference;
  const { leaseSeconds, channels } = context;
  const attempt = await leaseAttempt(context, organizationId, attemptId, leaseSeconds, channels.places);
  if (attempt === undefined) return;
  const lease = keepAttemptLease(context, attempt);
  try {
    await workOn(context, attempt, lease.lost);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
  } finally {
    lease.stop();
    await extendLease(context.database, attempt, 0).catch(() => {
      // It runs out by itself.
    });
    context.submissions.report(attemptId);
    await wakeNext(context, attempt.channel);
  }
}

/** Whoever was turned away while this attempt took a place; one that failed before has the queue to call it again. */
async function wakeNext(
  context: PriorAuthorizationContext,
  channel: SubmissionAttempt['channel'],
): Promise<void> {
  try {
    // Places are everybody's, and this job is of one organization.
    const next = await asSystem(() => findWaitingAttempt(context.database, channel));
    if (next === undefined) return;
    await context.wakeSubmission({ organizationId: next.organizationId, attemptId: next.id });
  } catch (error) {
    context.logger.warn({ err: error, channel }, 'the next attempt was not woken; the sweeper will find it');
  }
}

async function workOn(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  lost: AbortSignal,
): Promise<void> {
  const channel = context.channels.channelFor(attempt.channel);
  if (attempt.handedOverAt !== undefined) {
    return recordOutcome(context, attempt, await inquire(context, channel, attempt), channel);
  }
  if (channel === undefined) {
    const message = `No ${attempt.channel} channel is set up on this server.`;
    return recordFailure(context, attempt, { code: 'channel_not_configured', message, retryable: false });
  }
  const departure = await prepareDeparture(context, attempt, channel);
  if (departure === undefined) return;
  const leaving = { ...departure.attempt, handedOverAt: context.clock.now() };
  const outcome = await auditHandOver(context, leaving, async () => {
    // The point of no return: after this a packet may have left, whatever happens to this process.
    await writeAttempt(context, leaving);
    await renewLease(context, leaving);
    return callChannel(context, channel, { ...departure, attempt: leaving }, lost);
  });
  return recordOutcome(context, leaving, outcome, channel);
}

interface Departure {
  readonly attempt: SubmissionAttempt;
  readonly payload: Payload;
  readonly destination: string | undefined;
}

/**
 * Everything up to the point of no return. Undefined when the attempt failed for good.
 * @throws NotSentError, LeaseLostError, and PrecertError `service_unavailable` when the database is away
 */
async function prepareDeparture(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  channel: Channel,
): Promise<Departure | undefined> {
  try {
    const current = await getCase(context, attempt.organizationId, attempt.authorizationId);
    const template = await context.templates.ofCase(current);
    const prepared = await preparePacket(context, attempt, current, template);
    const payload = await readPayload(context, prepared);
    const destination = template.channel.address;
    const refusal = channel.validate(payload, destination);
    if (refusal === undefined) return { attempt: prepared, payload, destination };
    await recordFailure(context, prepared, { ...refusal, retryable: refusal.kind === 'retryable' });
    return undefined;
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    if (error instanceof PrecertError && error.code === 'service_unavailable') throw error;
    return giveUpOrTryAgain(context, attempt, error);
  }
}

async function giveUpOrTryAgain(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  error: unknown,
): Promise<undefined> {
  const unreadable = error instanceof UnreadableAttachmentError;
  if (!unreadable && attempt.unsentTries + 1 < maximumUnsentTries) {
    await writeAttempt(context, { ...attempt, unsentTries: attempt.unsentTries + 1 });
    throw new NotSentError('The packet could not be made.', { cause: error });
  }
  if (!unreadable) context.logger.error({ err: error, attemptId: attempt.id }, 'a packet could not be made');
  const failure: AttemptFailure = unreadable
    ? { code: 'attachment_unreadable', message: error.message, retryable: false }
    : { code: 'packet_not_rendered', message: 'The packet could not be made.', retryable: true };
  await recordFailure(context, attempt, failure);
  return undefined;
}

async function callChannel(
  context: PriorAuthorizationContext,
  channel: Channel,
  { attempt, payload, destination }: Departure,
  lost: AbortSignal,
): Promise<SubmissionOutcome> {
  const { id: attemptId, organizationId } = attempt;
  const signal = AbortSignal.any([lost, AbortSignal.timeout(channel.capabilities.submitTimeoutMs)]);
  try {
    return await channel.submit({ attemptId, organizationId, destination, payload, signal });
  } catch (error) {
    context.logger.warn({ err: error, attemptId, channel: channel.id }, 'a channel gave no clear answer');
    return { kind: 'unknown', reason: 'The channel gave no clear answer.' };
  }
}
