import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { findAttachment } from './find-attachment.ts';
import { assertAllowed } from './lifecycle.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import { settleCase } from './settle-case.ts';

/**
 * Takes an attachment out of the case; the file itself stays (contract prior-auth.md, 1.8).
 * @throws PrecertError `authorization_not_found`, `attachment_not_found`, `version_conflict`,
 *         `authorization_attachments_not_mutable`
 */
export async function removeAttachment(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  attachmentId: string,
  expectedVersion: number | undefined,
): Promise<PriorAuthorization> {
  return changeCase(context, organizationId, authorizationId, async (current) => {
    const attachment = findAttachment(current, attachmentId);
    assertVersion(current, expectedVersion);
    assertAllowed(current.workflowState, 'detach');
    const template = await context.templates.ofCase(current);
    const draft = { ...current, attachments: current.attachments.filter(({ id }) => id !== attachmentId) };
    const { next, actions, events } = await settleCase(context, template, draft, 'detach');
    const removed = newEvent(context, 'prior_auth.attachment.removed', {
      workflowState: next.workflowState,
      attachmentId,
      fileId: attachment.fileId,
    });
    return {
      write: { next, events: [removed, ...events], actions, removedAttachmentIds: [attachmentId] },
      result: next,
    };
  });
}
