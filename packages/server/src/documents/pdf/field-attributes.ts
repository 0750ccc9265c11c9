import { PDFDict, type PDFDocument, PDFHexString, PDFName, type PDFObject, PDFString } from '@cantoo/pdf-lib';

const longestInheritance = 32;

/** A field's attribute, its own or inherited (PDF 1.7, 12.7.3.1). */
export function fieldAttribute(widget: PDFDict, name: string): PDFObject | undefined {
  let dict: PDFDict | undefined = widget;
  for (let step = 0; dict !== undefined && step < longestInheritance; step += 1) {
    const value = dict.lookup(PDFName.of(name));
    if (value !== undefined) return value;
    const parent: unknown = dict.lookup(PDFName.of('Parent'));
    dict = parent instanceof PDFDict ? parent : undefined;
  }
  return undefined;
}

export function fieldText(value: unknown): string | undefined {
  return value instanceof PDFString || value instanceof PDFHexString ? value.decodeText() : undefined;
}

export function formDefaultAppearance(document: PDFDocument): string | undefined {
  const form = document.catalog.lookup(PDFName.of('AcroForm'));
  return form instanceof PDFDict ? fieldText(form.lookup(PDFName.of('DA'))) : undefined;
}

export function needsAppearances(document: PDFDocument): boolean {
  const form = document.catalog.lookup(PDFName.of('AcroForm'));
  return form instanceof PDFDict && String(form.lookup(PDFName.of('NeedAppearances'))) === 'true';
}
