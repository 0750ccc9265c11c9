import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { actionEvents, newEvent, stateChange } from './events.ts';
import { assertAllowed, transition } from './lifecycle.ts';
import type { Action, PriorAuthorization } from './prior-authorization.ts';

/**
 * Ends a case without a decision (contract prior-auth.md, 1.10). Open actions are dismissed with it.
 * @throws PrecertError `authorization_not_found`, `version_conflict`, `authorization_not_cancellable`
 */
export async function cancelPriorAuthorization(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  reason: string | undefined,
  expectedVersion: number | undefined,
): Promise<PriorAuthorization> {
  return changeCase(context, organizationId, authorizationId, (current) => {
    assertVersion(current, expectedVersion);
    assertAllowed(current.workflowState, 'cancel');
    const now = context.clock.now();
    const dismissed = current.actions
      .filter(({ status }) => status === 'open')
      .map((action) => dismiss(action, now));
    const { submissionChannel: _channel, ...kept } = current;
    const next: PriorAuthorization = {
      ...kept,
      actions: closeActions(current.actions, dismissed),
      workflowState: transition(current.workflowState, 'cancel', 'cancelled'),
      decisionState: 'unknown',
      ...(reason === undefined ? {} : { cancellationReason: reason }),
      cancelledAt: now,
      updatedAt: now,
      version: current.version + 1,
    };
    const { workflowState, decisionState } = next;
    const cancelled = newEvent(context, 'prior_auth.authorization.cancelled', {
      workflowState,
      decisionState,
    });
    const events = [
      cancelled,
      ...actionEvents(context, workflowState, [], dismissed),
      ...stateChange(context, current.workflowState, next),
    ];
    return { write: { next, events, actions: dismissed }, result: next };
  });
}

/** A closed validation issue is over; a payer's request stays on record. */
function closeActions(actions: readonly Action[], dismissed: readonly Action[]): readonly Action[] {
  return actions
    .filter(({ type }) => type !== 'validation_issue')
    .map((action) => dismissed.find(({ id }) => id === action.id) ?? action);
}

function dismiss(action: Action, now: Date): Action {
  return { ...action, status: 'dismissed', resolvedAt: now };
}
