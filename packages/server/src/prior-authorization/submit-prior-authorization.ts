import { setTimeout as delay } from 'node:timers/promises';
import type { PinnedTemplate } from '../catalog/template-store.ts';
import { violatesUnique } from '../platform/database/unique-violation.ts';
import { PrecertError } from '../platform/errors.ts';
import type { Evaluation } from '../requirements/evaluation.ts';
import { assertVersion, changeCase, type Decision, getCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { evaluateCase } from './evaluate-case.ts';
import { actionEvents, newEvent, stateChange } from './events.ts';
import { claiming, deleteExpiredKey, expiryOf, findKey, hashKey } from './idempotency.ts';
import { assertAllowed, transition } from './lifecycle.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';
import { findAttempt } from './submission-attempt-queries.ts';
import { prepareCase } from './validation-actions.ts';

export interface SubmitRequest {
  readonly idempotencyKey: string | undefined;
  readonly expectedVersion: number | undefined;
}

export interface SubmitResult {
  readonly authorization: PriorAuthorization;
  /** True when the key was used before: nothing was begun by this request. */
  readonly replayed: boolean;
}

/**
 * Begins a hand-over and waits a while for its outcome (contract README, prior auth 6). The state `submitting`
 * and the attempt are committed before any work starts. A refusal commits too (contract prior-auth.md, 3.4).
 * @throws PrecertError `authorization_not_found`, `version_conflict`, `authorization_not_submittable`,
 *         `validation_failed`, `idempotency_key_reused_for_different_authorization`
 */
export async function submitPriorAuthorization(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  request: SubmitRequest,
): Promise<SubmitResult> {
  const { idempotencyKey, expectedVersion } = request;
  const key = idempotencyKey === undefined ? undefined : hashKey(context.idempotencyHash, idempotencyKey);
  const begun = await beginSubmission(context, organizationId, authorizationId, { key, expectedVersion });
  if (begun.attemptId !== undefined) await waitForOutcome(context, organizationId, begun.attemptId);
  return { authorization: await getCase(context, organizationId, authorizationId), replayed: begun.replayed };
}

/** A worker of another process reports nothing here, so the row is looked at now and then. */
const lookAgainMs = 250;
/** What the wake-up itself may take beyond the wait; a lost one is made good by the sweeper. */
const wakeUpMs = 1_000;

/**
 * Wakes a worker and waits for the attempt's outcome, in all never longer than the configured wait and a second. Never
 * rejects: the submission is committed, and whoever asks next reads how it went.
 */
async function waitForOutcome(
  context: PriorAuthorizationContext,
  organizationId: string,
  attemptId: string,
): Promise<void> {
  const patience = new AbortController();
  const outOfPatience = delay(context.submitWaitMs + wakeUpMs, undefined, { signal: patience.signal });
  const looking = lookForOutcome(context, organizationId, attemptId);
  const waking = context.wakeSubmission({ organizationId, attemptId });
  await Promise.race([Promise.allSettled([waking, looking]), outOfPatience]);
  outOfPatience.catch(() => undefined);
  patience.abort();
}

async function lookForOutcome(
  context: PriorAuthorizationContext,
  organizationId: string,
  attemptId: string,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < context.submitWaitMs; waitedMs += lookAgainMs) {
    await context.submissions.reported(attemptId, Math.min(lookAgainMs, context.submitWaitMs - waitedMs));
    const stored = await findAttempt(context, organizationId, attemptId);
    if (stored?.status !== 'pending') return;
  }
}

/** What to wait for: the attempt just begun, or the one still under way that a replayed key began. */
interface Begun {
  readonly attemptId: string | undefined;
  readonly replayed: boolean;
}

interface BeginRequest {
  /** Hashed. */
  readonly key: string | undefined;
  readonly expectedVersion: number | undefined;
}

async function beginSubmission(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  request: BeginRequest,
): Promise<Begun> {
  try {
    const begun = changeCase(context, organizationId, authorizationId, async (current) => {
      if (await isReplay(context, current, request.key)) return { result: replayOf(current) };
      assertVersion(current, request.expectedVersion);
      assertAllowed(current.workflowState, 'submit');
      const template = await context.templates.ofCase(current);
      const evaluation = await evaluateCase(context, template, current);
      if (!evaluation.submittable) return refuse(context, current, evaluation);
      return accept(context, current, template, request.key);
    });
    return await (request.key === undefined ? begun : claiming(begun));
  } catch (error) {
    // Another submit took the key between our look and our write, or an expired one still lies there.
    if (!violatesUnique(error, 'idempotency_key_pkey')) throw error;
    await deleteExpiredKey(
      context.database,
      organizationId,
      'submit',
      request.key ?? '',
      context.clock.now(),
    );
    return beginSubmission(context, organizationId, authorizationId, request);
  }
}

function replayOf({ latestSubmission }: PriorAuthorization): Begun {
  const underWay = latestSubmission?.status === 'pending';
  return { attemptId: underWay ? latestSubmission.id : undefined, replayed: true };
}

async function isReplay(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  key: string | undefined,
): Promise<boolean> {
  if (key === undefined) return false;
  const held = await findKey(context.database, current.organizationId, 'submit', key, context.clock.now());
  if (held === undefined) return false;
  if (held.resourceId === current.id) return true;
  throw new PrecertError(
    'idempotency_key_reused_for_different_authorization',
    'This idempotency key was used to submit another authorization.',
  );
}

function refuse(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  evaluation: Evaluation,
): Decision<Begun> {
  const now = context.clock.now();
  const preparation = prepareCase({ ...current, submitRefused: true }, evaluation, {
    actionId: () => context.ids.next('act'),
    now,
  });
  const next: PriorAuthorization = {
    ...current,
    actions: preparation.actions,
    submitRefused: preparation.submitRefused,
    workflowState: transition(current.workflowState, 'submit', preparation.workflowState),
    version: current.version + 1,
    updatedAt: now,
  };
  const { workflowState } = next;
  const actionIds = next.actions.filter(({ status }) => status === 'open').map(({ id }) => id);
  const rejected = newEvent(context, 'prior_auth.authorization.submit_rejected', {
    workflowState,
    actionIds,
  });
  const opened = actionEvents(context, workflowState, preparation.opened, preparation.resolved);
  const blocking = evaluation.validationIssues.filter(({ blocking }) => blocking);
  return {
    write: {
      next,
      events: [rejected, ...opened, ...stateChange(context, current.workflowState, next)],
      actions: [...preparation.opened, ...preparation.resolved],
    },
    result: { attemptId: undefined, replayed: false },
    refusal: new PrecertError(
      'validation_failed',
      'Blocking issues were found; they stand as actions on the authorization.',
      {
        details: { workflowState, actionIds },
        issues: blocking.map(({ field, code, message }) => ({ field, code, message })),
      },
    ),
  };
}

function accept(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  template: PinnedTemplate,
  key: string | undefined,
): Decision<Begun> {
  const now = context.clock.now();
  const next: PriorAuthorization = {
    ...current,
    workflowState: transition(current.workflowState, 'submit', 'submitting'),
    submissionCount: current.submissionCount + 1,
    version: current.version + 1,
    updatedAt: now,
  };
  const attempt: SubmissionAttempt = {
    organizationId: current.organizationId,
    id: context.ids.next('sa'),
    authorizationId: current.id,
    attemptNumber: next.submissionCount,
    authorizationVersion: next.version,
    channel: template.channel.kind,
    status: 'pending',
    leaseNumber: 0,
    unsentTries: 0,
    correlations: [],
    evidence: [],
    createdAt: now,
  };
  const claim = {
    operation: 'submit',
    fingerprint: '',
    resourceId: current.id,
    createdAt: now,
    expiresAt: expiryOf(now),
  } as const;
  return {
    write: {
      next,
      events: stateChange(context, current.workflowState, next),
      attempt: { attempt },
      ...(key === undefined ? {} : { key: { ...claim, key } }),
    },
    result: { attemptId: attempt.id, replayed: false },
  };
}
