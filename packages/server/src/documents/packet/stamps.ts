import type { PagePlan } from '../pdf/assemble.ts';
import { drawLine } from '../text/draw-text.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { createDocument, type Document, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter, type TextStyle, type Typesetter } from '../text/typesetter.ts';

/** What is printed on every page of a document. */
export interface DocumentStamp {
  readonly caseId: string;
  readonly createdAt: string;
  readonly draft: boolean;
  readonly sandbox: boolean;
}

/** What is printed on one page besides. `header` is the label of an attachment. */
export interface PageStamp {
  readonly header?: string;
  /** The payer's own form leaves little room: the footer keeps to the outermost edge. */
  readonly atEdge?: boolean;
}

const footerStyle: TextStyle = { size: 8, weight: 400 };
const headerStyle: TextStyle = { size: 8, weight: 700 };
const edgeStyle: TextStyle = { size: 6.5, weight: 400 };
const markStyle: TextStyle = { size: 8, weight: 700 };
const watermarkStyle: TextStyle = { size: 110, weight: 700 };
const pageMargin = 54;
const edgeMargin = 36;

/** A document whose page n is to be drawn over page n: case id, `Page n of m`, marks, and the page's label. */
export async function makeOverlay(
  plans: readonly Pick<PagePlan, 'width' | 'height'>[],
  stamps: readonly PageStamp[],
  common: DocumentStamp,
  fonts: FontLibrary,
): Promise<Uint8Array> {
  await fonts.prepare([common.caseId, ...stamps.flatMap(({ header }) => header ?? [])]);
  const document = createDocument({ title: 'Page marks', createdAt: common.createdAt });
  const typesetter = createTypesetter(fonts);
  plans.forEach(({ width, height }, index) => {
    document.addPage({ size: [width, height], margin: 0 });
    const stamp = stamps[index] ?? {};
    if (common.draft) drawWatermark(document, typesetter, width, height);
    drawHeader(document, typesetter, stamp, common, width);
    drawFooter(
      document,
      typesetter,
      stamp,
      common,
      { width, height },
      `Page ${index + 1} of ${plans.length}`,
    );
  });
  return finishDocument(document);
}

function drawHeader(
  document: Document,
  typesetter: Typesetter,
  stamp: PageStamp,
  common: DocumentStamp,
  width: number,
): void {
  const marks = [
    ...(common.draft ? ['DRAFT, NOT SUBMITTED'] : []),
    ...(common.sandbox ? ['SANDBOX, NOT A REAL REQUEST'] : []),
  ];
  const baseline = stamp.atEdge === true ? 13 : 24;
  const margin = marginOf(stamp);
  let right = width - margin;
  if (marks.length > 0) {
    const mark = typesetter.fit(marks.join('  \u00b7  '), stamp.atEdge === true ? edgeStyle : markStyle);
    right -= mark.width;
    document
      .lineWidth(0.8)
      .rect(right - 5, baseline - mark.style.size - 1, mark.width + 10, mark.style.size + 5)
      .stroke('black');
    drawLine(document, mark, right, baseline);
    right -= 16;
  }
  if (stamp.header === undefined) return;
  drawLine(document, typesetter.fit(stamp.header, headerStyle, right - margin), margin, baseline);
}

function drawFooter(
  document: Document,
  typesetter: Typesetter,
  stamp: PageStamp,
  common: DocumentStamp,
  { width, height }: { readonly width: number; readonly height: number },
  pageNumber: string,
): void {
  const style = stamp.atEdge === true ? edgeStyle : footerStyle;
  const margin = marginOf(stamp);
  const baseline = height - (stamp.atEdge === true ? 8 : 20);
  const number = typesetter.fit(pageNumber, style);
  const caseLine = typesetter.fit(`Case ${common.caseId}`, style, width - 2 * margin - number.width - 20);
  drawLine(document, caseLine, margin, baseline);
  drawLine(document, number, width - margin - number.width, baseline);
}

/** Attached pages are framed up to the edge; our own have a text margin. */
function marginOf({ atEdge, header }: PageStamp): number {
  return atEdge === true || header !== undefined ? edgeMargin : pageMargin;
}

/** Pale enough to read through; a fax turns it into dots. */
function drawWatermark(document: Document, typesetter: Typesetter, width: number, height: number): void {
  const size = Math.min(width, height) * 0.24;
  const line = typesetter.fit('DRAFT', { ...watermarkStyle, size });
  document.save();
  document.rotate(-50, { origin: [width / 2, height / 2] });
  document.fillOpacity(0.12);
  drawLine(document, line, (width - line.width) / 2, height / 2 + size * 0.35);
  document.restore();
}
