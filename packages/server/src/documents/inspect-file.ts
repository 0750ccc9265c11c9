import { readFile } from 'node:fs/promises';
import type { DocumentLimits } from './limits.ts';
import { openPdf, refuseEmpty } from './packet/attachment-pages.ts';
import { decodeImagePage, readImageFacts } from './packet/image-pages.ts';
import { listActiveContent, listNamedActiveContent } from './pdf/active-content.ts';
import { readPageContent } from './pdf/page-content.ts';
import type { Inspection } from './types.ts';
import { asUnusable } from './unusable-file.ts';

/** Reads a file as the packet would, and says how that went. Never throws for what is in the file. */
export async function inspectFile(
  path: string,
  mimeType: string,
  limits: DocumentLimits,
): Promise<Inspection> {
  try {
    await refuseEmpty(path);
    if (mimeType === 'application/pdf') return await inspectPdf(path, limits);
    return { kind: 'readable', pageCount: await countImagePages(path, mimeType, limits) };
  } catch (error) {
    return { kind: asUnusable(error).fault };
  }
}

async function inspectPdf(path: string, limits: DocumentLimits): Promise<Inspection> {
  const bytes = await readFile(path);
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
async function countImagePages(path: string, mimeType: string, limits: DocumentLimits): Promise<number> {
  const { pageCount } = await readImageFacts(path, mimeType, limits);
  await decodeImagePage(path, 0, limits);
  if (pageCount > 1) await decodeImagePage(path, pageCount - 1, limits);
  return pageCount;
}
