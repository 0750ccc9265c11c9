import type { FilePurpose, ReadyFile } from './file.ts';
import { insertFile } from './file-queries.ts';
import type { FilesContext } from './files-context.ts';
import { newStorageKey } from './storage-key.ts';

export interface GeneratedContent {
  readonly fileName: string;
  readonly contentType: string;
  readonly purpose: Extract<FilePurpose, 'generated_artifact' | 'preview_document'>;
  readonly bytes: Uint8Array;
  readonly pageCount?: number;
}

/** Stores a document of the server's own making; it is ready at once. */
export async function storeGeneratedFile(
  context: FilesContext,
  organizationId: string,
  content: GeneratedContent,
): Promise<ReadyFile> {
  const storageKey = newStorageKey(context.clock.now());
  const stored = await context.blobs.write(storageKey, once(content.bytes));
  const now = context.clock.now();
  const file: ReadyFile = {
    organizationId,
    id: context.ids.next('file'),
    status: 'ready',
    purpose: content.purpose,
    fileName: content.fileName,
    contentType: content.contentType,
    ...stored,
    storageKey,
    ...(content.pageCount === undefined ? {} : { pageCount: content.pageCount }),
    createdAt: now,
    uploadedAt: now,
    completedAt: now,
  };
  await insertFile(context.database, await context.vault.keysOf(organizationId), file);
  return file;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
