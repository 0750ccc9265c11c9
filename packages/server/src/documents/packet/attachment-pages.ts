import type { PDFDocument } from '@cantoo/pdf-lib';
import { readLocalFile } from '../../platform/storage/read-local-file.ts';
import type { DocumentLimits } from '../limits.ts';
import { readOwnPages } from '../pdf/assemble.ts';
import { loadUploadedPdf } from '../pdf/load-pdf.ts';
import { type PageObject, pageAsObject } from '../pdf/page-as-object.ts';
import { listPageLeaves, type PageLeaf } from '../pdf/page-leaves.ts';
import { createResourceCheck } from '../pdf/resource-check.ts';
import { drawWidgetTexts } from '../pdf/text-widgets.ts';
import { listUndrawnFields } from '../pdf/undrawn-fields.ts';
import type { FontLibrary } from '../text/font-library.ts';
import type { DocumentProblem, PacketAttachment } from '../types.ts';
import { asUnusable, UnusableFileError } from '../unusable-file.ts';
import { makeImagePages } from './image-pages.ts';
import { makeReplacementPage } from './replacement-page.ts';

export interface AttachmentPages {
  readonly attachment: PacketAttachment;
  readonly pages: readonly PageObject[];
  /** Set when a replacement page stands for the attachment. */
  readonly problem?: DocumentProblem;
}

/** The pages of an attachment, or the page that says why they are missing. Faults of the file are never thrown. */
export async function readAttachment(
  attachment: PacketAttachment,
  limits: DocumentLimits,
  createdAt: string,
  fonts: FontLibrary,
): Promise<AttachmentPages> {
  try {
    return { attachment, pages: await readPages(attachment, limits, createdAt, fonts) };
  } catch (thrown) {
    const error = asUnusable(thrown);
    const pages = await readOwnPages(await makeReplacementPage(attachment, error, createdAt, fonts));
    return {
      attachment,
      pages,
      problem: { subject: attachment.id, code: error.fault, message: error.message },
    };
  }
}

async function readPages(
  attachment: PacketAttachment,
  limits: DocumentLimits,
  createdAt: string,
  fonts: FontLibrary,
): Promise<readonly PageObject[]> {
  const { mimeType } = attachment;
  const bytes = await readLocalFile(attachment);
  refuseEmpty(bytes);
  if (mimeType !== 'application/pdf')
    return readOwnPages(await makeImagePages(bytes, mimeType, limits, createdAt));
  const { document, leaves } = await openPdf(bytes, limits);
  await drawWidgetTexts(document, listUndrawnFields(document, leaves), fonts, createdAt);
  return leaves.map((leaf) => pageAsObject(document, leaf));
}

export interface OpenedPdf {
  readonly document: PDFDocument;
  readonly leaves: readonly PageLeaf[];
}

/** Opens and checks a PDF as far as it can be without drawing. Throws UnusableFileError. */
export async function openPdf(bytes: Uint8Array, limits: DocumentLimits): Promise<OpenedPdf> {
  const document = await loadUploadedPdf(bytes);
  const leaves = listPageLeaves(document, limits.maxPages);
  const check = createResourceCheck(document, limits.maxPixels);
  for (const leaf of leaves) check.checkPage(leaf);
  return { document, leaves };
}

export function refuseEmpty(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new UnusableFileError('damaged', 'The file is empty.');
}
