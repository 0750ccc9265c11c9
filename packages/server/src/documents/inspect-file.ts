import { type LocalFile, readLocalFile } from '../platform/storage/read-local-file.ts';
import type { DocumentLimits } from './limits.ts';
import { openPdf, refuseEmpty } from './packet/attachment-pages.ts';
import { decodeImagePage, readImageFacts } from './packet/image-pages.ts';
import { listActiveContent, listNamedActiveContent } from './pdf/active-content.ts';
import { readPageContent } from './pdf/page-content.ts';
import type { Inspection } from './types.ts';
import { asUnusable } from './unusable-file.ts';

/** Reads a file as the packet would, and says how that went. Never throws for what is in the file. */
export async function inspectFile(
  file: LocalFile,
  mimeType: string,
  limits: DocumentLimits,
): Promise<Inspection> {
  try {
    const bytes = await readLocalFile(file);
    refuseEmpty(bytes);
    if (mimeType === 'application/pdf') return await inspectPdf(bytes, limits);
    return { kind: 'readable', pageCount: await countImagePages(bytes, mimeType, limits) };
  } catch (error) {
    return { kind: asUnusable(error).fault };
  }
}

async function inspectPdf(bytes: Uint8Array, limits: DocumentLimits): Promise<Inspection> {
  try {
    const { document, leaves } = await openPdf(bytes, limits);
    const active = withActive(listActiveContent(document));
    // The packet will read every page; what it would stumble over is said now, while somebody can send a better file.
    for (const leaf of leaves) readPageContent(document, leaf);
    return { kind: 'readable', pageCount: leaves.length, ...active };
  } catch (error) {
    return { kind: asUnusable(error).fault, ...withActive(listNamedActiveContent(bytes)) };
  }
}

function withActive(activeContent: readonly string[]): Pick<Inspection, 'activeContent'> {
  return activeContent.length === 0 ? {} : { activeContent };
}

/** Of many pages the first and the last are decoded: a file cut short lacks the last. */
async function countImagePages(bytes: Buffer, mimeType: string, limits: DocumentLimits): Promise<number> {
  const { pageCount } = await readImageFacts(bytes, mimeType, limits);
  await decodeImagePage(bytes, 0, limits);
  if (pageCount > 1) await decodeImagePage(bytes, pageCount - 1, limits);
  return pageCount;
}
