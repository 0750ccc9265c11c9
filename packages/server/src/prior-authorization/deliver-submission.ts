import type { PinnedTemplate } from '../catalog/template-store.ts';
import type { Channel, Payload, SubmissionOutcome } from '../submission/channel.ts';
import { keepLease, LeaseLostError, writeAttempt } from './attempt-lease.ts';
import { getCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { preparePacket, readPayload, UnreadableAttachmentError } from './prepare-packet.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import { recordFailure, recordOutcome } from './record-outcome.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';
import { extendLease, leaseAttempt } from './submission-attempt-queries.ts';

/** A try that provably sent nothing is repeated by the queue this often before the attempt fails. */
const maximumUnsentTries = 3;

/** Thrown to have the queue try again; nothing has left. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/**
 * Hands one attempt over to its channel. Safe to run at any time and any number of times: it takes the attempt
 * for itself or does nothing; it records that the packet may leave before the channel is called; and once that
 * is recorded it never sends again but asks the channel what became of it.
 * @throws NotSentError to be called again
 */
export async function deliverSubmission(
  context: PriorAuthorizationContext,
  reference: { readonly organizationId: string; readonly attemptId: string },
): Promise<void> {
  const { organizationId, attemptId } = reference;
  const attempt = await leaseAttempt(context.database, organizationId, attemptId, context.leaseSeconds);
  if (attempt === undefined) return;
  const stop = keepLease(context, attempt);
  try {
    await workOn(context, attempt);
  } catch (error) {
    if (error instanceof LeaseLostError) return;
    await extendLease(context.database, attempt, 0);
    throw error;
  } finally {
    stop();
    context.submissions.report(attemptId);
  }
}

async function workOn(context: PriorAuthorizationContext, attempt: SubmissionAttempt): Promise<void> {
  const current = await getCase(context, attempt.organizationId, attempt.authorizationId);
  const template = await context.templates.get(current.templateId, current.templateVersion);
  const channel = context.channels.channelFor(attempt.channel);
  if (channel === undefined) {
    const failure = {
      code: 'channel_not_configured',
      message: `No ${attempt.channel} channel is set up on this server.`,
      retryable: false,
    };
    return recordFailure(context, attempt, failure);
  }
  if (attempt.handedOverAt !== undefined) {
    return recordOutcome(context, attempt, await inquire(channel, attempt, context.leaseSeconds));
  }
  return handOver(context, attempt, current, template, channel);
}

async function handOver(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  current: PriorAuthorization,
  template: PinnedTemplate,
  channel: Channel,
): Promise<void> {
  const prepared = await preparedAttempt(context, attempt, current, template);
  if (prepared === undefined) return;
  const payload = await readPayload(context, prepared);
  const refusal = channel.validate(payload, template.channel.address);
  if (refusal !== undefined) {
    return recordFailure(context, prepared, { ...refusal, retryable: refusal.kind === 'retryable' });
  }
  const leaving = await markHandedOver(context, prepared);
  const outcome = await callChannel(context, channel, leaving, payload, template.channel.address);
  return recordOutcome(context, leaving, outcome);
}

/** Undefined when the attempt failed for good while its packet was made. */
async function preparedAttempt(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  current: PriorAuthorization,
  template: PinnedTemplate,
): Promise<SubmissionAttempt | undefined> {
  try {
    return await preparePacket(context, attempt, current, template);
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    if (error instanceof UnreadableAttachmentError) {
      await recordFailure(context, attempt, {
        code: 'attachment_unreadable',
        message: error.message,
        retryable: false,
      });
      return undefined;
    }
    if (attempt.unsentTries + 1 < maximumUnsentTries) {
      await countUnsentTry(context, attempt);
      throw new NotSentError('The packet could not be made.', { cause: error });
    }
    context.logger.error({ err: error, attemptId: attempt.id }, 'a packet could not be made');
    await recordFailure(context, attempt, {
      code: 'packet_not_rendered',
      message: 'The packet could not be made.',
      retryable: true,
    });
    return undefined;
  }
}

/** The point of no return: after this a packet may have left, whatever happens to this process. */
async function markHandedOver(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
): Promise<SubmissionAttempt> {
  const leaving = { ...attempt, handedOverAt: context.clock.now() };
  await writeAttempt(context, leaving);
  return leaving;
}

async function countUnsentTry(context: PriorAuthorizationContext, attempt: SubmissionAttempt): Promise<void> {
  await writeAttempt(context, { ...attempt, unsentTries: attempt.unsentTries + 1 });
}

async function callChannel(
  context: PriorAuthorizationContext,
  channel: Channel,
  attempt: SubmissionAttempt,
  payload: Payload,
  destination: string | undefined,
): Promise<SubmissionOutcome> {
  try {
    return await channel.submit({
      attemptId: attempt.id,
      organizationId: attempt.organizationId,
      destination,
      payload,
      signal: AbortSignal.timeout(60_000),
    });
  } catch (error) {
    context.logger.warn(
      { err: error, attemptId: attempt.id, channel: channel.id },
      'a channel gave no clear answer',
    );
    return { kind: 'unknown', reason: 'The channel gave no clear answer.' };
  }
}

async function inquire(
  channel: Channel,
  attempt: SubmissionAttempt,
  timeoutSeconds: number,
): Promise<SubmissionOutcome> {
  if (channel.inquire === undefined)
    return { kind: 'unknown', reason: 'The channel cannot be asked; a person has to settle this.' };
  try {
    return await channel.inquire(attempt.id, AbortSignal.timeout(timeoutSeconds * 1000));
  } catch {
    return { kind: 'unknown', reason: 'The channel did not answer the inquiry.' };
  }
}
