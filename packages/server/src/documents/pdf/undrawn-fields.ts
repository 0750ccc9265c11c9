import { PDFArray, type PDFDict, type PDFDocument, PDFName, PDFStream } from '@cantoo/pdf-lib';
import { fieldAttribute, fieldText, needsAppearances } from './field-attributes.ts';
import { lookupDict, type PageLeaf } from './page-leaves.ts';
import type { WidgetText } from './text-widgets.ts';

/**
 * Text and choice fields that carry a value but no picture of it: the program that filled them in left the drawing
 * to the viewer. Copied as they are they would come out empty.
 */
export function listUndrawnFields(document: PDFDocument, leaves: readonly PageLeaf[]): readonly WidgetText[] {
  const redrawsAll = needsAppearances(document);
  return leaves.flatMap(({ node }) => {
    const annotations = document.context.lookup(node.get(PDFName.of('Annots')));
    if (!(annotations instanceof PDFArray)) return [];
    return annotations.asArray().flatMap((entry): WidgetText[] => {
      const widget = lookupDict(document, entry);
      if (widget === undefined || widget.lookup(PDFName.of('Subtype')) !== PDFName.of('Widget')) return [];
      const text = typedText(widget);
      return text !== undefined && (redrawsAll || !isDrawn(document, widget)) ? [{ widget, text }] : [];
    });
  });
}

function typedText(widget: PDFDict): string | undefined {
  const type = fieldAttribute(widget, 'FT');
  if (type !== PDFName.of('Tx') && type !== PDFName.of('Ch')) return undefined;
  const value = fieldAttribute(widget, 'V');
  const text = value instanceof PDFArray ? value.asArray().map(fieldText).join(', ') : fieldText(value);
  return text === '' ? undefined : text;
}

function isDrawn(document: PDFDocument, widget: PDFDict): boolean {
  const appearances = lookupDict(document, widget.get(PDFName.of('AP')));
  return document.context.lookup(appearances?.get(PDFName.of('N'))) instanceof PDFStream;
}
