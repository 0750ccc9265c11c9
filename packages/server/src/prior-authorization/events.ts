import type { Clock } from '../platform/clock.ts';
import type { IdGenerator } from '../platform/ids.ts';
import type { WorkflowState } from './lifecycle.ts';
import type { Action, PriorAuthorization } from './prior-authorization.ts';

/**
 * Every event type with what it means and what its payload holds. Payloads carry ids, states and names of
 * fields, never a patient's data (contract README, both surfaces, 5). `docs/reference/events.md` is held to this list.
 */
export const eventTypes = {
  'prior_auth.authorization.created': {
    meaning: 'A case was created.',
    payload: ['workflowState', 'decisionState', 'templateId', 'templateVersion'],
  },
  'prior_auth.authorization.updated': {
    meaning: 'Case data or answers changed.',
    payload: ['workflowState', 'version', 'changedFields', 'changedLinkIds'],
  },
  'prior_auth.authorization.answers_cleared': {
    meaning: 'Stored answers were dropped because their branch was switched off.',
    payload: ['workflowState', 'linkIds'],
  },
  'prior_auth.authorization.previewed': {
    meaning: 'Preview documents were rendered; `version` and `submittable` are of the case they show.',
    payload: ['workflowState', 'submittable', 'version'],
  },
  'prior_auth.authorization.state_changed': {
    meaning: 'The workflow state changed.',
    payload: ['from', 'workflowState', 'decisionState'],
  },
  'prior_auth.authorization.submit_rejected': {
    meaning: 'A submit was refused because blocking issues were found.',
    payload: ['workflowState', 'actionIds'],
  },
  'prior_auth.authorization.submitted': {
    meaning: 'The channel took the packet.',
    payload: ['workflowState', 'decisionState', 'submissionAttemptId', 'attemptNumber', 'channel'],
  },
  'prior_auth.authorization.submission_failed': {
    meaning: 'A hand-over failed; the case can be submitted again.',
    payload: ['workflowState', 'submissionAttemptId', 'attemptNumber', 'failureCode', 'retryable'],
  },
  'prior_auth.authorization.cancelled': {
    meaning: 'The case was cancelled.',
    payload: ['workflowState', 'decisionState'],
  },
  'prior_auth.authorization.approved': {
    meaning: 'The payer approved.',
    payload: ['workflowState', 'decisionState', 'artifactId'],
  },
  'prior_auth.authorization.denied': {
    meaning: 'The payer denied.',
    payload: ['workflowState', 'decisionState', 'artifactId'],
  },
  'prior_auth.attachment.added': {
    meaning: 'A file was attached.',
    payload: ['workflowState', 'attachmentId', 'fileId'],
  },
  'prior_auth.attachment.removed': {
    meaning: 'An attachment was removed.',
    payload: ['workflowState', 'attachmentId', 'fileId'],
  },
  'prior_auth.action.opened': {
    meaning: 'Something is needed from the client.',
    payload: ['workflowState', 'actionId', 'actionType'],
  },
  'prior_auth.action.resolved': {
    meaning: 'An action was resolved, or dismissed with its case.',
    payload: ['workflowState', 'actionId', 'actionType', 'status'],
  },
  'prior_auth.artifact.created': {
    meaning: 'A document was added to the case’s record.',
    payload: ['workflowState', 'artifactId', 'kind'],
  },
  'prior_auth.payer_event.received': {
    meaning: 'The payer answered.',
    payload: ['workflowState', 'payerEventType'],
  },
} as const satisfies Record<string, { readonly meaning: string; readonly payload: readonly string[] }>;

export type EventType = keyof typeof eventTypes;

export interface NewEvent {
  readonly id: string;
  readonly type: EventType;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
}

export interface EventDependencies {
  readonly clock: Clock;
  readonly ids: IdGenerator;
}

export function newEvent<Type extends EventType>(
  dependencies: EventDependencies,
  type: Type,
  payload: Partial<Record<(typeof eventTypes)[Type]['payload'][number], unknown>>,
): NewEvent {
  return { id: dependencies.ids.next('evt'), type, payload, occurredAt: dependencies.clock.now() };
}

/** One event for each action closed or opened, closed ones first. */
export function actionEvents(
  dependencies: EventDependencies,
  workflowState: WorkflowState,
  opened: readonly Action[],
  closed: readonly Action[],
): readonly NewEvent[] {
  return [
    ...closed.map(({ id, type, status }) =>
      newEvent(dependencies, 'prior_auth.action.resolved', {
        workflowState,
        actionId: id,
        actionType: type,
        status,
      }),
    ),
    ...opened.map(({ id, type }) =>
      newEvent(dependencies, 'prior_auth.action.opened', { workflowState, actionId: id, actionType: type }),
    ),
  ];
}

/** The event of a changed workflow state; none when it stayed. */
export function stateChange(
  dependencies: EventDependencies,
  from: WorkflowState,
  next: PriorAuthorization,
): readonly NewEvent[] {
  const { workflowState, decisionState } = next;
  if (from === workflowState) return [];
  return [
    newEvent(dependencies, 'prior_auth.authorization.state_changed', { from, workflowState, decisionState }),
  ];
}
