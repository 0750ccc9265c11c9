import type { StoredFile } from '../files/file.ts';
import { findFiles } from '../files/file-queries.ts';
import { assertReady, fileNotFound } from '../files/get-file.ts';
import type { Queryable } from '../platform/database/database.ts';
import { PrecertError } from '../platform/errors.ts';

/**
 * Replaces what a client says of a file answer (`valueAttachment`) with what the server knows of the file, so
 * that type and size rules judge facts. `url` holds the file id.
 * @throws PrecertError `file_not_found`, `file_not_ready`, `file_purpose_mismatch`
 */
export async function resolveAnswerFiles(
  database: Queryable,
  organizationId: string,
  response: unknown,
): Promise<unknown> {
  const fileIds = new Set<string>();
  collectFileIds(response, fileIds);
  if (fileIds.size === 0) return response;
  const files = await findFiles(database, organizationId, [...fileIds]);
  const byId = new Map(files.map((file) => [file.id, file]));
  for (const fileId of fileIds) assertUsable(byId.get(fileId));
  return withFacts(response, byId);
}

function assertUsable(file: StoredFile | undefined): void {
  if (file === undefined) throw fileNotFound();
  assertReady(file);
  if (file.purpose === 'authorization_attachment') return;
  throw new PrecertError(
    'file_purpose_mismatch',
    'An answer takes only a file uploaded as `authorization_attachment`.',
    {
      details: { fileId: file.id, purpose: file.purpose },
    },
  );
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
