import type { PinnedTemplate } from '../catalog/template-store.ts';
import type { PacketAttachment, PacketRequest } from '../documents/types.ts';
import type { ReadyFile } from '../files/file.ts';
import { findFiles } from '../files/file-queries.ts';
import { assertReady, fileNotFound } from '../files/get-file.ts';
import type { AnswerValue, ResponseItem } from '../questionnaire/types.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { PriorAuthorization } from './prior-authorization.ts';

export interface PacketOptions {
  readonly draft: boolean;
  readonly generatedAt: Date;
  readonly submissionNumber: number;
}

/** Renders what goes to the payer: form and packet, with every attachment read from storage. */
export async function renderCase(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  template: PinnedTemplate,
  options: PacketOptions,
) {
  const files = await filesOfPacket(context, current);
  return withLocalCopies(context, files, (paths) => {
    const attachments = files.map(({ id, label, file }, index): PacketAttachment => {
      return {
        id,
        label,
        fileName: file.fileName,
        mimeType: baseType(file.contentType),
        path: paths[index] ?? '',
      };
    });
    return context.documents.renderPacket(packetRequest(context, current, template, options, attachments));
  });
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
  const answered = answerFileIds(current.answers)
    .filter((fileId) => !attached.some((attachment) => attachment.fileId === fileId))
    .map((fileId) => ({ id: fileId, fileId, label: '' }));
  const wanted = [...attached, ...answered];
  const files = await findFiles(
    context.database,
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

function answerFileIds(items: readonly ResponseItem[]): readonly string[] {
  const found = new Set<string>();
  const visitAnswer = (answer: AnswerValue) => {
    if (answer.valueAttachment !== undefined) found.add(answer.valueAttachment.url);
  };
  const visit = (item: ResponseItem) => {
    for (const answer of item.answer ?? []) {
      visitAnswer(answer);
      for (const child of answer.item ?? []) visit(child);
    }
    for (const child of item.item ?? []) visit(child);
  };
  for (const item of items) visit(item);
  return [...found];
}

async function withLocalCopies<Result>(
  context: PriorAuthorizationContext,
  files: readonly PacketFile[],
  work: (paths: readonly string[]) => Promise<Result>,
  paths: readonly string[] = [],
): Promise<Result> {
  const next = files[paths.length];
  if (next === undefined) return work(paths);
  return context.files.blobs.withLocalCopy(next.file.storageKey, (path) =>
    withLocalCopies(context, files, work, [...paths, path]),
  );
}

function baseType(contentType: string): string {
  return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}
