import { PrecertError } from '../platform/errors.ts';
import type { Attachment, PriorAuthorization } from './prior-authorization.ts';

/** @throws PrecertError `attachment_not_found` */
export function findAttachment(current: PriorAuthorization, attachmentId: string): Attachment {
  const attachment = current.attachments.find(({ id }) => id === attachmentId);
  if (attachment !== undefined) return attachment;
  throw new PrecertError('attachment_not_found', 'This authorization has no attachment of this id.');
}
