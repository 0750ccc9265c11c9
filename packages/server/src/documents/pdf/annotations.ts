import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFRef, PDFStream } from '@cantoo/pdf-lib';
import { fieldAttribute } from './field-attributes.ts';
import { type Box, type Matrix, readNumber, toBox, toMatrix } from './page-geometry.ts';
import { lookupDict, type PageLeaf } from './page-leaves.ts';

/** What an annotation shows and where: `matrix` goes into the page's coordinates. */
export interface Appearance {
  readonly reference: PDFRef;
  readonly matrix: Matrix;
}

const hiddenFlag = 2;
const noViewFlag = 32;
const pushButtonFlag = 1 << 16;
/** Drawn only while the note is open on a screen. */
const screenOnly = new Set(['Popup', 'Link']);

/** The normal appearances of the page's visible annotations, bottom first. An annotation without one shows nothing. */
export function listAppearances(document: PDFDocument, { node }: PageLeaf): readonly Appearance[] {
  const annotations = document.context.lookup(node.get(PDFName.of('Annots')));
  if (!(annotations instanceof PDFArray)) return [];
  return annotations.asArray().flatMap((entry) => {
    const annotation = lookupDict(document, entry);
    const appearance = annotation && readAppearance(document, annotation);
    return appearance === undefined ? [] : [appearance];
  });
}

export function readAppearance(document: PDFDocument, annotation: PDFDict): Appearance | undefined {
  const flags = readNumber(annotation.lookup(PDFName.of('F'))) ?? 0;
  if ((flags & (hiddenFlag | noViewFlag)) !== 0) return undefined;
  const subtype = annotation.lookup(PDFName.of('Subtype'));
  if (subtype instanceof PDFName && screenOnly.has(subtype.decodeText())) return undefined;
  if (isPushButton(annotation)) return undefined;
  const reference = normalAppearance(document, annotation);
  const stream = reference && document.context.lookup(reference);
  const rectangle = toBox(annotation.lookup(PDFName.of('Rect')));
  if (reference === undefined || !(stream instanceof PDFStream) || rectangle === undefined) return undefined;
  const box = toBox(stream.dict.lookup(PDFName.of('BBox')));
  if (box === undefined) return undefined;
  stream.dict.set(PDFName.of('Subtype'), PDFName.of('Form'));
  return {
    reference,
    matrix: placeAppearance(box, toMatrix(stream.dict.lookup(PDFName.of('Matrix'))), rectangle),
  };
}

/** "Print" and "Reset" buttons say nothing on paper. */
function isPushButton(annotation: PDFDict): boolean {
  const flags = readNumber(fieldAttribute(annotation, 'Ff')) ?? 0;
  return fieldAttribute(annotation, 'FT') === PDFName.of('Btn') && (flags & pushButtonFlag) !== 0;
}

/** /AP /N is a stream, or one stream for each state, of which /AS names the current one. */
function normalAppearance(document: PDFDocument, annotation: PDFDict): PDFRef | undefined {
  const appearances = lookupDict(document, annotation.get(PDFName.of('AP')));
  const normal = appearances?.get(PDFName.of('N'));
  const found = document.context.lookup(normal);
  if (found instanceof PDFStream) return normal instanceof PDFRef ? normal : undefined;
  const state = annotation.lookup(PDFName.of('AS'));
  if (!(found instanceof PDFDict) || !(state instanceof PDFName)) return undefined;
  const ofState = found.get(state);
  return ofState instanceof PDFRef ? ofState : undefined;
}

/** PDF 1.7, 12.5.5, algorithm 8.1: the transformed bounding box is fitted to the annotation's rectangle. */
function placeAppearance(box: Box, [a, b, c, d, e, f]: Matrix, rectangle: Box): Matrix {
  const corners = [
    [box.left, box.bottom],
    [box.right, box.bottom],
    [box.left, box.top],
    [box.right, box.top],
  ].map(([x = 0, y = 0]) => ({ x: a * x + c * y + e, y: b * x + d * y + f }));
  const left = Math.min(...corners.map(({ x }) => x));
  const right = Math.max(...corners.map(({ x }) => x));
  const bottom = Math.min(...corners.map(({ y }) => y));
  const top = Math.max(...corners.map(({ y }) => y));
  const scaleX = right > left ? (rectangle.right - rectangle.left) / (right - left) : 1;
  const scaleY = top > bottom ? (rectangle.top - rectangle.bottom) / (top - bottom) : 1;
  return [scaleX, 0, 0, scaleY, rectangle.left - left * scaleX, rectangle.bottom - bottom * scaleY];
}
