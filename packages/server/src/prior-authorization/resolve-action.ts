import { PrecertError } from '../platform/errors.ts';
import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { actionEvents } from './events.ts';
import { findAttachment } from './find-attachment.ts';
import { assertAllowed } from './lifecycle.ts';
import type { Action, PriorAuthorization } from './prior-authorization.ts';
import { settleCase } from './settle-case.ts';

export interface ResolveRequest {
  readonly attachmentIds?: readonly string[];
  readonly note?: string | null;
}

/**
 * Answers a payer's request for information. It does not resubmit: the client submits again (contract
 * prior-auth.md, 1.13). Blockers that are left become validation actions at once (3.1, row 12).
 * @throws PrecertError `authorization_not_found`, `action_not_found`, `action_not_resolvable`,
 *         `action_already_resolved`, `attachment_not_found`, `version_conflict`
 */
export async function resolveAction(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  actionId: string,
  request: ResolveRequest,
  expectedVersion: number | undefined,
): Promise<PriorAuthorization> {
  return changeCase(context, organizationId, authorizationId, async (current) => {
    const action = findResolvable(current, actionId);
    assertVersion(current, expectedVersion);
    assertAllowed(current.workflowState, 'resolve');
    const attachmentIds = request.attachmentIds ?? [];
    for (const attachmentId of attachmentIds) findAttachment(current, attachmentId);
    const resolved: Action = {
      ...action,
      status: 'resolved',
      resolution: { attachmentIds, note: request.note ?? null },
      resolvedAt: context.clock.now(),
    };
    const template = await context.templates.ofCase(current);
    const draft: PriorAuthorization = {
      ...current,
      actions: current.actions.map((other) => (other.id === actionId ? resolved : other)),
      submitRefused: true,
    };
    const { next, actions, events } = await settleCase(context, template, draft, 'resolve');
    const answered = actionEvents(context, next.workflowState, [], [resolved]);
    return {
      write: { next, events: [...answered, ...events], actions: [resolved, ...actions] },
      result: next,
    };
  });
}

function findResolvable(current: PriorAuthorization, actionId: string): Action {
  const action = current.actions.find(({ id }) => id === actionId);
  if (action === undefined)
    throw new PrecertError('action_not_found', 'This authorization has no action of this id.');
  if (action.type === 'validation_issue') {
    throw new PrecertError(
      'action_not_resolvable',
      'A validation issue resolves itself when its cause is mended.',
    );
  }
  if (action.status !== 'open')
    throw new PrecertError('action_already_resolved', 'This action was resolved before.');
  return action;
}
