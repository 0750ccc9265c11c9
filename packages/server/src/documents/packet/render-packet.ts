import type { FormPages } from '../form/form-pages.ts';
import { finishForm, makeFormPages } from '../form/render-form.ts';
import { flowRows, letterFrame, type Row } from '../layout/rows.ts';
import type { DocumentLimits } from '../limits.ts';
import { assemblePdf, type PagePlan, readOwnPages } from '../pdf/assemble.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { listTexts } from '../text/list-texts.ts';
import { createDocument, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter } from '../text/typesetter.ts';
import { findUnprintableText } from '../text/unprintable-text.ts';
import type { PacketRequest, RenderedPacket } from '../types.ts';
import { type AttachmentPages, readAttachment } from './attachment-pages.ts';
import { type ContentsEntry, contentsRows } from './contents-page.ts';
import { coverRows, coverView } from './cover-sheet.ts';
import { placeFramed, placeUnchanged } from './placement.ts';
import { makeOverlay, type PageStamp } from './stamps.ts';

interface PacketPage {
  readonly plan: PagePlan;
  readonly stamp: PageStamp;
}

/** The form, and the packet around it: cover sheet, contents (from two attachments on), form, attachments. */
export async function renderPacket(
  request: PacketRequest,
  fonts: FontLibrary,
  limits: DocumentLimits,
): Promise<RenderedPacket> {
  const formPages = await makeFormPages(request, fonts);
  const attachments: AttachmentPages[] = [];
  for (const attachment of request.attachments) {
    attachments.push(await readAttachment(attachment, limits, request.generatedAt, fonts));
  }
  const pages = [
    ...(await makeFrontPages(request, formPages, attachments, fonts)),
    ...formPages.pages,
    ...attachments.flatMap((entry, index) => attachmentPages(entry, index, attachments.length)),
  ];
  const plans = pages.map(({ plan }) => plan);
  const stamps = pages.map(({ stamp }) => stamp);
  const { caseId, generatedAt, draft, sandbox } = request;
  const overlay = await makeOverlay(plans, stamps, { caseId, createdAt: generatedAt, draft, sandbox }, fonts);
  const title = `Prior authorization packet, case ${caseId}, submission ${request.submissionNumber}`;
  const packet = await assemblePdf(plans, overlay, { title, createdAt: generatedAt });
  const form = await finishForm(request, formPages, fonts);
  const isTold = form.problems.some(({ code }) => code === 'unprintable_text');
  const problems = [
    ...form.problems,
    ...attachments.flatMap(({ problem }) => problem ?? []),
    ...(isTold ? [] : await findUnprintableText(request.caseId, frontTexts(request), fonts)),
  ];
  return { form, packet: { ...packet, problems } };
}

/** What cover sheet and contents print, and the headers of attached pages. */
function frontTexts(request: PacketRequest): readonly string[] {
  const printed = request.attachments.map(({ label, fileName }) => [label, fileName]);
  return [...listTexts(coverView(request, 0)), ...listTexts(printed)];
}

function attachmentPages(
  { attachment, pages }: AttachmentPages,
  index: number,
  count: number,
): readonly PacketPage[] {
  return pages.map((page, pageIndex) => {
    const header = [
      `Attachment ${index + 1} of ${count}: ${attachment.label}`,
      attachment.fileName,
      ...(pages.length > 1 ? [`page ${pageIndex + 1} of ${pages.length}`] : []),
    ].join('  \u00b7  ');
    return { plan: placeFramed(page), stamp: { header } };
  });
}

/**
 * Cover sheet and contents. Both print page numbers that depend on how many pages they take themselves, so they are
 * laid out again until that number holds; it grows only, and a second round is already rare.
 */
async function makeFrontPages(
  request: PacketRequest,
  form: FormPages,
  attachments: readonly AttachmentPages[],
  fonts: FontLibrary,
): Promise<readonly PacketPage[]> {
  const following = form.pages.length + attachments.reduce((sum, { pages }) => sum + pages.length, 0);
  await fonts.prepare(frontTexts(request));
  let assumed = attachments.length > 1 ? 2 : 1;
  for (;;) {
    const { bytes, pageCount } = await layOutFront(request, form, attachments, assumed, following, fonts);
    if (pageCount <= assumed) {
      return (await readOwnPages(bytes)).map((page) => ({ plan: placeUnchanged(page), stamp: {} }));
    }
    assumed = pageCount;
  }
}

async function layOutFront(
  request: PacketRequest,
  form: FormPages,
  attachments: readonly AttachmentPages[],
  frontCount: number,
  following: number,
  fonts: FontLibrary,
): Promise<{ readonly bytes: Uint8Array; readonly pageCount: number }> {
  const typesetter = createTypesetter(fonts);
  const document = createDocument({ title: 'Cover', createdAt: request.generatedAt });
  const cover = coverRows(coverView(request, frontCount + following), typesetter, letterFrame);
  let pageCount = flowRows(document, cover, letterFrame);
  if (attachments.length > 1) {
    const entries = listContents(request, form, attachments, frontCount + 1);
    const rows: readonly Row[] = contentsRows(entries, typesetter, letterFrame);
    pageCount += flowRows(document, rows, letterFrame);
  }
  return { bytes: await finishDocument(document), pageCount };
}

function listContents(
  request: PacketRequest,
  form: FormPages,
  attachments: readonly AttachmentPages[],
  firstPage: number,
): readonly ContentsEntry[] {
  let startPage = firstPage + form.pages.length;
  const attached = attachments.map(({ attachment, pages, problem }, index): ContentsEntry => {
    const entry = {
      label: `${index + 1}. ${attachment.label}`,
      fileName: attachment.fileName,
      startPage,
      pageCount: pages.length,
      ...(problem === undefined ? {} : { fault: 'could not be included' }),
    };
    startPage += pages.length;
    return entry;
  });
  const formEntry = {
    label: request.template.definition.title,
    startPage: firstPage,
    pageCount: form.pages.length,
  };
  return [formEntry, ...attached];
}
