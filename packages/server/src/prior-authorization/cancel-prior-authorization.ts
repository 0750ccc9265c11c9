import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { assertAllowed, transition } from './lifecycle.ts';
import type { Action, PriorAuthorization } from './prior-authorization.ts';
import { actionEvents, stateChange } from './settle-case.ts';

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
      actions: current.actions.map((action) => dismissed.find(({ id }) => id === action.id) ?? action),
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

function dismiss(action: Action, now: Date): Action {
  return { ...action, status: 'dismissed', resolvedAt: now };
}
