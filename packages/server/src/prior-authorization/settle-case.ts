import type { PinnedTemplate } from '../catalog/template-store.ts';
import { evaluate } from '../requirements/evaluate.ts';
import type { Evaluation } from '../requirements/evaluation.ts';
import { type EventDependencies, type NewEvent, newEvent } from './events.ts';
import { type Operation, transition, type WorkflowState } from './lifecycle.ts';
import type { Action, PriorAuthorization } from './prior-authorization.ts';
import { prepareCase } from './validation-actions.ts';

export interface SettledCase {
  readonly next: PriorAuthorization;
  readonly evaluation: Evaluation;
  /** Opened and resolved validation actions, for the write. */
  readonly actions: readonly Action[];
  /** `action.*` and `state_changed` events, to follow the operation's own. */
  readonly events: readonly NewEvent[];
}

/**
 * Evaluates a changed case and settles its validation actions and its state. The one place where a case under
 * preparation learns whether it is ready.
 * @param draft the case with the operation's changes, still in the state it was read in
 */
export function settleCase(
  dependencies: EventDependencies,
  template: PinnedTemplate,
  draft: PriorAuthorization,
  operation: Operation,
): SettledCase {
  const now = dependencies.clock.now();
  const evaluation = evaluate(template, draft.case, draft.answers, draft.attachments);
  const preparation = prepareCase(draft, evaluation, { actionId: () => dependencies.ids.next('act'), now });
  const next: PriorAuthorization = {
    ...draft,
    actions: preparation.actions,
    submitRefused: preparation.submitRefused,
    workflowState: transition(draft.workflowState, operation, preparation.workflowState),
    version: draft.version + 1,
    updatedAt: now,
  };
  const events = [
    ...actionEvents(dependencies, next.workflowState, preparation.opened, preparation.resolved),
    ...stateChange(dependencies, draft.workflowState, next),
  ];
  return { next, evaluation, actions: [...preparation.opened, ...preparation.resolved], events };
}

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
