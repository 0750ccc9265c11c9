import type { Channel, SubmissionOutcome } from '../submission/channel.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';

/**
 * Asks what became of a hand-over. "Never received" counts only once nothing can surface any more: the first
 * hand-over may still be under way, in a process that was paused.
 */
export async function inquire(
  context: PriorAuthorizationContext,
  channel: Channel | undefined,
  attempt: SubmissionAttempt,
): Promise<SubmissionOutcome> {
  if (channel?.inquire === undefined) {
    return { kind: 'unknown', reason: 'The channel cannot be asked; a person has to settle this.' };
  }
  try {
    const outcome = await channel.inquire(
      attempt.id,
      AbortSignal.timeout(channel.capabilities.submitTimeoutMs),
    );
    if (outcome.kind !== 'rejected' || hasSettled(context, channel, attempt)) return outcome;
    return { kind: 'unknown', reason: 'The hand-over may still be under way.' };
  } catch {
    return { kind: 'unknown', reason: 'The channel did not answer the inquiry.' };
  }
}

function hasSettled(
  context: PriorAuthorizationContext,
  channel: Channel,
  attempt: SubmissionAttempt,
): boolean {
  const { submitTimeoutMs, settlingMs } = channel.capabilities;
  const handedOverAt = attempt.handedOverAt?.getTime() ?? Number.POSITIVE_INFINITY;
  return context.clock.now().getTime() > handedOverAt + submitTimeoutMs + settlingMs;
}

const firstInquiryMs = 5_000;
const maximumInquiryMs = 10 * 60 * 1000;

/** When to ask again: soon at first, then less and less often. Undefined for a channel that cannot be asked. */
export function nextInquiry(
  context: PriorAuthorizationContext,
  channel: Channel | undefined,
  attempt: SubmissionAttempt,
): Date | undefined {
  if (channel?.inquire === undefined) return undefined;
  // Each look takes the lease once, so its number counts them.
  const waitMs = Math.min(firstInquiryMs * 2 ** Math.max(0, attempt.leaseNumber - 1), maximumInquiryMs);
  return new Date(context.clock.now().getTime() + waitMs);
}
