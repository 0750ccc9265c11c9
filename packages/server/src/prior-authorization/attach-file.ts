import type { ReadyFile } from '../files/file.ts';
import { assertReady, getFile } from '../files/get-file.ts';
import { packetContentTypes } from '../files/sniff-content-type.ts';
import { PrecertError } from '../platform/errors.ts';
import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { assertAllowed } from './lifecycle.ts';
import type { Attachment, PriorAuthorization } from './prior-authorization.ts';
import { settleCase } from './settle-case.ts';

/** Contract README, prior auth 7. */
export const maximumAttachments = 50;

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
 *         `attachment_limit_reached`
 */
export async function attachFile(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  request: AttachRequest,
  expectedVersion: number | undefined,
): Promise<{ readonly authorization: PriorAuthorization; readonly attachment: Attachment }> {
  return changeCase(context, organizationId, authorizationId, async (current) => {
    assertVersion(current, expectedVersion);
    assertAllowed(current.workflowState, 'attach');
    const file = await getAttachableFile(context, organizationId, request.fileId);
    if (current.attachments.length >= maximumAttachments) {
      throw new PrecertError(
        'attachment_limit_reached',
        `An authorization takes at most ${maximumAttachments} attachments.`,
      );
    }
    const attachment = attachmentOf(context, file, request);
    const template = await context.templates.get(current.templateId, current.templateVersion);
    const draft = { ...current, attachments: [...current.attachments, attachment] };
    const { next, actions, events } = settleCase(context, template, draft, 'attach');
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

async function getAttachableFile(
  context: PriorAuthorizationContext,
  organizationId: string,
  fileId: string,
): Promise<ReadyFile> {
  const file = await getFile(context.database, organizationId, fileId);
  if (file.purpose !== 'authorization_attachment') {
    throw new PrecertError(
      'file_purpose_mismatch',
      'Only a file uploaded as `authorization_attachment` can be attached.',
      {
        details: { fileId, purpose: file.purpose },
      },
    );
  }
  const ready = assertReady(file);
  const mimeType = ready.contentType.split(';')[0]?.trim().toLowerCase();
  if (packetContentTypes.some((type) => type === mimeType)) return ready;
  throw new PrecertError(
    'unsupported_attachment_mime_type',
    'A packet holds PDF, JPEG, PNG and TIFF documents only.',
    {
      details: { fileId, supported: packetContentTypes },
    },
  );
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
