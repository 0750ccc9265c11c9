import type { ReadyFile } from '../files/file.ts';
import { getFile } from '../files/get-file.ts';
import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import { invalidField, PrecertError } from '../platform/errors.ts';
import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { assertAllowed } from './lifecycle.ts';
import { assertPacketFile } from './packet-file.ts';
import type { Attachment, PriorAuthorization } from './prior-authorization.ts';
import { settleCase } from './settle-case.ts';

/** Contract README, prior auth 7. */
export const maximumAttachments = 50;

/** Of an attachment's metadata as canonical JSON: what every read of the case carries, fifty times at most. */
export const maximumMetadataBytes = 8 * 1024;

export interface AttachRequest {
  readonly fileId: string;
  readonly label: string;
  readonly documentTypes?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Puts a ready file into the case (contract prior-auth.md, 1.7). One file may be attached more than once.
 * @throws PrecertError `authorization_not_found`, `version_conflict`, `authorization_attachments_not_mutable`,
 *         `file_not_found`, `file_not_ready`, `file_purpose_mismatch`, `unsupported_attachment_mime_type`,
 *         `attachment_limit_reached`, `validation_error` (metadata too big)
 */
export async function attachFile(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  request: AttachRequest,
  expectedVersion: number | undefined,
): Promise<{ readonly authorization: PriorAuthorization; readonly attachment: Attachment }> {
  checkMetadata(request.metadata);
  return changeCase(context, organizationId, authorizationId, async (current) => {
    assertVersion(current, expectedVersion);
    assertAllowed(current.workflowState, 'attach');
    const file = assertPacketFile(await getFile(context, organizationId, request.fileId));
    if (current.attachments.length >= maximumAttachments) {
      throw new PrecertError(
        'attachment_limit_reached',
        `An authorization takes at most ${maximumAttachments} attachments.`,
      );
    }
    const attachment = attachmentOf(context, file, request);
    const template = await context.templates.ofCase(current);
    const draft = { ...current, attachments: [...current.attachments, attachment] };
    const { next, actions, events } = await settleCase(context, template, draft, 'attach');
    const added = newEvent(context, 'prior_auth.attachment.added', {
      workflowState: next.workflowState,
      attachmentId: attachment.id,
      fileId: file.id,
    });
    return {
      write: { next, events: [added, ...events], actions, addedAttachments: [attachment] },
      result: { authorization: next, attachment },
    };
  });
}

function checkMetadata(metadata: AttachRequest['metadata']): void {
  if (metadata === undefined || Buffer.byteLength(canonicalJson(metadata)) <= maximumMetadataBytes) return;
  throw invalidField('metadata', 'too_big', `It takes at most ${maximumMetadataBytes} bytes of JSON.`);
}

function attachmentOf(
  context: PriorAuthorizationContext,
  file: ReadyFile,
  request: AttachRequest,
): Attachment {
  return {
    id: context.ids.next('att'),
    fileId: file.id,
    label: request.label,
    fileName: file.fileName,
    mimeType: file.contentType,
    sizeBytes: file.sizeBytes,
    documentTypes: request.documentTypes ?? [],
    ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    ...(file.problem === undefined ? {} : { problem: file.problem }),
    createdAt: context.clock.now(),
  };
}
