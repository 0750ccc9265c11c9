import { storeGeneratedFile } from '../files/store-generated-file.ts';
import type { Channel, Receipt, SubmissionOutcome } from '../submission/channel.ts';
import { assertLease, writeAttempt } from './attempt-lease.ts';
import { changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent, stateChange } from './events.ts';
import { nextInquiry } from './inquire-submission.ts';
import { transition } from './lifecycle.ts';
import type { Artifact, PriorAuthorization } from './prior-authorization.ts';
import { type SettledCase, settleCase } from './settle-case.ts';
import type { AttemptFailure, SubmissionAttempt } from './submission-attempt.ts';

/** Writes what the channel said of an attempt: attempt, state, artifacts and events in one statement. */
export async function recordOutcome(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  outcome: SubmissionOutcome,
  channel?: Channel,
): Promise<void> {
  if (outcome.kind === 'accepted') return recordAccepted(context, attempt, outcome);
  if (outcome.kind === 'rejected') {
    const { code, message, kind } = outcome.failure;
    return recordFailure(context, attempt, {
      code,
      message,
      retryable: kind !== 'configuration' && kind !== 'correctable',
    });
  }
  return recordUnknown(context, attempt, nextInquiry(context, channel, attempt));
}

async function recordAccepted(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  outcome: Extract<SubmissionOutcome, { kind: 'accepted' }>,
): Promise<void> {
  const confirmation = await storeReceipt(context, attempt, outcome.receipt);
  const now = context.clock.now();
  const delivered = outcome.evidence.some(({ kind }) => kind === 'delivered' || kind === 'received_by_payer');
  const finished: SubmissionAttempt = {
    ...attempt,
    status: 'completed',
    acceptedAt: now,
    ...(delivered ? { deliveredAt: now } : {}),
    completedAt: now,
    correlations: outcome.correlations,
    evidence: outcome.evidence,
  };
  await changeCase(context, attempt.organizationId, attempt.authorizationId, async (current) => {
    await assertLease(context, attempt);
    const next: PriorAuthorization = {
      ...current,
      workflowState: transition(current.workflowState, 'hand_over', 'pending_payer'),
      decisionState: 'pending',
      submissionChannel: attempt.channel,
      submittedAt: now,
      version: current.version + 1,
      updatedAt: now,
    };
    const { workflowState, decisionState } = next;
    const events = [
      newEvent(context, 'prior_auth.artifact.created', {
        workflowState,
        artifactId: confirmation.id,
        kind: confirmation.kind,
      }),
      newEvent(context, 'prior_auth.authorization.submitted', {
        workflowState,
        decisionState,
        submissionAttemptId: attempt.id,
        attemptNumber: attempt.attemptNumber,
        channel: attempt.channel,
      }),
      ...stateChange(context, current.workflowState, next),
    ];
    const write = {
      next,
      events,
      artifacts: [confirmation],
      attempt: { attempt: finished, expectedLeaseNumber: attempt.leaseNumber },
    };
    return { write, result: undefined };
  });
}

async function storeReceipt(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  receipt: Receipt,
): Promise<Artifact> {
  const file = await storeGeneratedFile(context.files, attempt.organizationId, {
    fileName: receipt.fileName,
    contentType: receipt.mimeType,
    purpose: 'generated_artifact',
    bytes: receipt.bytes,
  });
  return {
    id: context.ids.next('art'),
    fileId: file.id,
    kind: 'submission_confirmation',
    label: 'Submission confirmation',
    metadata: { attemptNumber: attempt.attemptNumber },
    createdAt: context.clock.now(),
  };
}

/**
 * The attempt is over and nothing was taken: the case can be submitted again (contract prior-auth.md, 3.1, row 17),
 * unless what made it fail is a blocker now.
 */
export async function recordFailure(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  failure: AttemptFailure,
): Promise<void> {
  const { code, message, retryable } = failure;
  const failed: SubmissionAttempt = {
    ...attempt,
    status: 'failed',
    failedAt: context.clock.now(),
    failure: { code, message, retryable },
  };
  await changeCase(context, attempt.organizationId, attempt.authorizationId, async (current) => {
    await assertLease(context, attempt);
    const { next, actions, events } = await settleAfterFailure(context, current);
    const event = newEvent(context, 'prior_auth.authorization.submission_failed', {
      workflowState: next.workflowState,
      submissionAttemptId: attempt.id,
      attemptNumber: attempt.attemptNumber,
      failureCode: code,
      retryable,
    });
    const write = {
      next,
      events: [event, ...events],
      actions,
      attempt: { attempt: failed, expectedLeaseNumber: attempt.leaseNumber },
    };
    return { write, result: undefined };
  });
}

/** A template that cannot be read is one way to fail; the case goes back all the same. */
async function settleAfterFailure(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
): Promise<Pick<SettledCase, 'next' | 'actions' | 'events'>> {
  const template = await context.templates.ofCase(current).catch(() => undefined);
  if (template !== undefined) return settleCase(context, template, current, 'hand_over_failed');
  const next: PriorAuthorization = {
    ...current,
    workflowState: transition(current.workflowState, 'hand_over_failed', 'ready_to_submit'),
    version: current.version + 1,
    updatedAt: context.clock.now(),
  };
  return { next, actions: [], events: stateChange(context, current.workflowState, next) };
}

/** The case stays in `submitting`; the sweeper asks again, or a person settles it. */
async function recordUnknown(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  nextInquiryAt: Date | undefined,
): Promise<void> {
  const { nextInquiryAt: _former, ...kept } = attempt;
  await writeAttempt(context, {
    ...kept,
    status: 'outcome_unknown',
    ...(nextInquiryAt === undefined ? {} : { nextInquiryAt }),
  });
}
