import type { PinnedTemplate } from '../catalog/template-store.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { Evaluation } from '../requirements/evaluation.ts';
import { evaluateCase } from './evaluate-case.ts';
import { actionEvents, type EventDependencies, type NewEvent, stateChange } from './events.ts';
import { type Operation, transition } from './lifecycle.ts';
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
export async function settleCase(
  dependencies: EventDependencies & Store,
  template: PinnedTemplate,
  draft: PriorAuthorization,
  operation: Operation,
): Promise<SettledCase> {
  const now = dependencies.clock.now();
  const evaluation = await evaluateCase(dependencies, template, draft);
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
