import type { PinnedTemplate } from '../catalog/template-store.ts';
import type { PacketAttachment, PacketRequest, RenderedPacket } from '../documents/types.ts';
import type { ReadyFile } from '../files/file.ts';
import { findFiles } from '../files/file-queries.ts';
import { assertReady, fileNotFound } from '../files/get-file.ts';
import type { LocalFile } from '../platform/storage/read-local-file.ts';
import { listAnswerFiles } from './answer-files.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import { findUnreadable, type UnreadableFile } from './unreadable-files.ts';

export interface PacketOptions {
  readonly draft: boolean;
  readonly generatedAt: Date;
  readonly submissionNumber: number;
  /** Set when a client waits; without it the work may take its time. */
  readonly deadlineMs?: number;
}

export interface RenderedCase extends RenderedPacket {
  /** In their place the packet has a page that says so. */
  readonly unreadable: readonly UnreadableFile[];
}

/**
 * Renders what goes to the payer: form and packet, with every attachment read from storage.
 * @throws DocumentWorkerError (of the documents room) when the renderer has no time or room for it
 */
export async function renderCase(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  template: PinnedTemplate,
  options: PacketOptions,
): Promise<RenderedCase> {
  const files = await filesOfPacket(context, current);
  const { deadlineMs } = options;
  const rendered = await withLocalCopies(context, files, (copies) => {
    const attachments = copies.flatMap((copy, index) => attachmentOf(files[index], copy));
    const request = packetRequest(context, current, template, options, attachments);
    return context.documents.renderPacket(request, deadlineMs === undefined ? {} : { deadlineMs });
  });
  return { ...rendered, unreadable: findUnreadable(files, rendered.packet.problems) };
}

function attachmentOf(packed: PacketFile | undefined, copy: LocalFile): readonly PacketAttachment[] {
  if (packed === undefined) return [];
  const { id, label, file } = packed;
  const { fileName, contentType } = file;
  return [{ ...copy, id, label, fileName, mimeType: baseType(contentType) }];
}

function packetRequest(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  template: PinnedTemplate,
  options: PacketOptions,
  attachments: readonly PacketAttachment[],
): PacketRequest {
  return {
    caseId: current.id,
    payerName:
      context.templates.findPayer(current.case.coverage.payerId)?.displayName ??
      current.case.coverage.payerId,
    case: current.case,
    template: template.files,
    answers: current.answers,
    generatedAt: options.generatedAt.toISOString(),
    draft: options.draft,
    sandbox: context.sandbox,
    attachments,
    ...(template.channel.address === undefined ? {} : { destination: template.channel.address }),
    submissionNumber: options.submissionNumber,
  };
}

interface PacketFile {
  readonly id: string;
  readonly label: string;
  readonly file: ReadyFile;
}

/** The attachments in their order, then files given as answers that are not attached as well. */
async function filesOfPacket(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
): Promise<readonly PacketFile[]> {
  const attached = current.attachments.map(({ id, fileId, label }) => ({ id, fileId, label }));
  const answered = [...new Set(listAnswerFiles(current.answers).map(({ fileId }) => fileId))]
    .filter((fileId) => !attached.some((attachment) => attachment.fileId === fileId))
    .map((fileId) => ({ id: fileId, fileId, label: '' }));
  const wanted = [...attached, ...answered];
  const files = await findFiles(
    context,
    current.organizationId,
    wanted.map(({ fileId }) => fileId),
  );
  const byId = new Map(files.map((file) => [file.id, file]));
  return wanted.map(({ id, fileId, label }) => {
    const file = byId.get(fileId);
    if (file === undefined) throw fileNotFound();
    return { id, label: label === '' ? file.fileName : label, file: assertReady(file) };
  });
}

async function withLocalCopies<Result>(
  context: PriorAuthorizationContext,
  files: readonly PacketFile[],
  work: (copies: readonly LocalFile[]) => Promise<Result>,
  copies: readonly LocalFile[] = [],
): Promise<Result> {
  const next = files[copies.length];
  if (next === undefined) return work(copies);
  const { storageKey, contentKey } = next.file;
  return context.files.blobs.withLocalCopy(storageKey, contentKey, (copy) =>
    withLocalCopies(context, files, work, [...copies, copy]),
  );
}

function baseType(contentType: string): string {
  return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}
