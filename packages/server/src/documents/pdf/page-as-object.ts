import { PDFDict, type PDFDocument, PDFName, PDFRawStream, type PDFRef } from '@cantoo/pdf-lib';
import { listAppearances } from './annotations.ts';
import { type PageContent, readPageContent } from './page-content.ts';
import { pageGeometry } from './page-geometry.ts';
import type { PageLeaf } from './page-leaves.ts';

/** A page turned into a form XObject of its document: upright, its origin at the lower left. */
export interface PageObject {
  readonly document: PDFDocument;
  readonly reference: PDFRef;
  readonly width: number;
  readonly height: number;
}

/**
 * Makes one drawable object of a page: its content and, drawn into it, what its annotations show (filled-in fields,
 * stamps, notes). Nothing else comes along: no action, script, link or embedded file of the page or document.
 */
export function pageAsObject(
  document: PDFDocument,
  leaf: PageLeaf,
  content: PageContent = readPageContent(document, leaf),
): PageObject {
  const { context } = document;
  const { box, width, height, upright } = pageGeometry(leaf);
  const inner = PDFDict.withContext(context);
  inner.set(PDFName.of('Type'), PDFName.of('XObject'));
  inner.set(PDFName.of('Subtype'), PDFName.of('Form'));
  inner.set(PDFName.of('BBox'), context.obj([box.left, box.bottom, box.right, box.top]));
  const resources = leaf.inherited.get('Resources')?.get(PDFName.of('Resources'));
  inner.set(PDFName.of('Resources'), resources ?? context.obj({}));
  const group = leaf.node.get(PDFName.of('Group'));
  if (group !== undefined) inner.set(PDFName.of('Group'), group);
  for (const [name, value] of content.encoding) if (value !== undefined) inner.set(PDFName.of(name), value);
  const appearances = listAppearances(document, leaf);
  if (appearances.length === 0) inner.set(PDFName.of('Matrix'), context.obj([...upright]));
  const page = context.register(PDFRawStream.of(inner, content.bytes));
  if (appearances.length === 0) return { document, reference: page, width, height };

  const objects: Record<string, PDFRef> = { Page: page };
  const operators = ['/Page Do'];
  appearances.forEach(({ reference, matrix }, index) => {
    objects[`A${index}`] = reference;
    operators.push(`q ${matrix.map(formatNumber).join(' ')} cm /A${index} Do Q`);
  });
  const outer = context.stream(operators.join('\n'), {
    Type: 'XObject',
    Subtype: 'Form',
    BBox: [box.left, box.bottom, box.right, box.top],
    Matrix: [...upright],
    Resources: { XObject: objects },
  });
  return { document, reference: context.register(outer), width, height };
}

/** PDF knows no exponents. */
export function formatNumber(value: number): string {
  return Number(value.toFixed(5)).toString();
}
