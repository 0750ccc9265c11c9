import type { StoredFile } from '../files/file.ts';
import { findFiles } from '../files/file-queries.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { ResponseItem } from '../questionnaire/types.ts';
import type { AttachmentFact } from '../requirements/case-data.ts';
import { assertPacketFile } from './packet-file.ts';

/**
 * Replaces what a client says of a file answer (`valueAttachment`) with what the server knows of the file, so
 * that type and size rules judge facts. `url` holds the file id.
 * @throws PrecertError `file_not_found`, `file_not_ready`, `file_purpose_mismatch`,
 *         `unsupported_attachment_mime_type`
 */
export async function resolveAnswerFiles(
  store: Store,
  organizationId: string,
  response: unknown,
): Promise<unknown> {
  const fileIds = new Set<string>();
  collectFileIds(response, fileIds);
  if (fileIds.size === 0) return response;
  const files = await findFiles(store, organizationId, [...fileIds]);
  const byId = new Map(files.map((file) => [file.id, file]));
  for (const fileId of fileIds) assertPacketFile(byId.get(fileId));
  return withFacts(response, byId);
}

export interface AnswerFile {
  readonly fileId: string;
  readonly linkId: string;
  /** As `AttachmentFact.answerTo` has it. */
  readonly path: string;
}

/** The files given as answers, in the order of the answers; one given twice is listed twice. */
export function listAnswerFiles(items: readonly ResponseItem[], prefix = ''): readonly AnswerFile[] {
  const instances = new Map<string, number>();
  return items.flatMap(({ linkId, answer = [], item = [] }) => {
    const path = prefix + linkId;
    const ordinal = instances.get(linkId) ?? 0;
    instances.set(linkId, ordinal + 1);
    return [
      ...answer.flatMap(({ valueAttachment, item: below = [] }, index) => [
        ...(valueAttachment === undefined ? [] : [{ fileId: valueAttachment.url, linkId, path }]),
        ...listAnswerFiles(below, `${path}[${index}].`),
      ]),
      ...listAnswerFiles(item, `${path}[${ordinal}].`),
    ];
  });
}

/**
 * The files given as answers that cannot be placed in the packet, as facts for `evaluate`: like an unreadable
 * attachment each becomes a validation issue that names it. Readable ones are left out, so that an answer never
 * stands in for a supporting document.
 */
export async function unreadableAnswerFiles(
  store: Store,
  organizationId: string,
  answers: readonly ResponseItem[],
): Promise<readonly AttachmentFact[]> {
  const given = listAnswerFiles(answers);
  if (given.length === 0) return [];
  const fileIds = [...new Set(given.map(({ fileId }) => fileId))];
  const files = await findFiles(store, organizationId, fileIds);
  const byId = new Map(files.map((file) => [file.id, file]));
  return given.flatMap(({ fileId, linkId, path }) => {
    const file = byId.get(fileId);
    if (file?.problem === undefined) return [];
    const { fileName, contentType, problem } = file;
    const answerTo = { linkId, path };
    return [
      { id: fileId, label: fileName, fileName, mimeType: contentType, documentTypes: [], problem, answerTo },
    ];
  });
}

function collectFileIds(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) for (const inner of value) collectFileIds(inner, into);
  if (!isRecord(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'valueAttachment' && isRecord(inner) && typeof inner.url === 'string') into.add(inner.url);
    else collectFileIds(inner, into);
  }
}

function withFacts(value: unknown, files: ReadonlyMap<string, StoredFile>): unknown {
  if (Array.isArray(value)) return value.map((inner) => withFacts(inner, files));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'valueAttachment' ? factsOf(inner, files) : withFacts(inner, files),
    ]),
  );
}

function factsOf(attachment: unknown, files: ReadonlyMap<string, StoredFile>): unknown {
  const file =
    isRecord(attachment) && typeof attachment.url === 'string' ? files.get(attachment.url) : undefined;
  if (file === undefined) return attachment;
  return { url: file.id, contentType: file.contentType, size: file.sizeBytes, title: file.fileName };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
