import { readFile } from 'node:fs/promises';
import type { DocumentLimits } from './limits.ts';
import { readPdfPages, refuseEmpty } from './packet/attachment-pages.ts';
import { decodeImagePage, readImageFacts } from './packet/image-pages.ts';
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
    const pageCount =
      mimeType === 'application/pdf'
        ? await countPdfPages(path, limits)
        : await countImagePages(path, mimeType, limits);
    return { kind: 'readable', pageCount };
  } catch (error) {
    return { kind: asUnusable(error).fault };
  }
}

async function countPdfPages(path: string, limits: DocumentLimits): Promise<number> {
  return (await readPdfPages(await readFile(path), limits)).length;
}

/** Of many pages the first and the last are decoded: a file cut short lacks the last. */
async function countImagePages(path: string, mimeType: string, limits: DocumentLimits): Promise<number> {
  const { pageCount } = await readImageFacts(path, mimeType, limits);
  await decodeImagePage(path, 0, limits);
  if (pageCount > 1) await decodeImagePage(path, pageCount - 1, limits);
  return pageCount;
}
