import { PDFArray, PDFDict, PDFDocument, PDFName, PDFObjectCopier, type PDFRef } from '@cantoo/pdf-lib';
import type { FontLibrary } from '../text/font-library.ts';
import { createDocument, type Document, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter } from '../text/typesetter.ts';
import { type FieldBox, fitFieldText } from './field-appearance.ts';
import { fieldAttribute, fieldText, formDefaultAppearance } from './field-attributes.ts';
import { pageAsObject } from './page-as-object.ts';
import { readNumber, toBox } from './page-geometry.ts';
import { listPageLeaves } from './page-leaves.ts';

/** A text to be shown by one widget of a form field. */
export interface WidgetText {
  readonly widget: PDFDict;
  readonly text: string;
}

const multilineFlag = 1 << 12;
const combFlag = 1 << 24;

/** Undefined for a widget without a usable rectangle. */
export function readFieldBox(widget: PDFDict, defaultAppearance: string | undefined): FieldBox | undefined {
  const rectangle = toBox(widget.lookup(PDFName.of('Rect')));
  if (rectangle === undefined) return undefined;
  const flags = readNumber(fieldAttribute(widget, 'Ff')) ?? 0;
  const maxLength = readNumber(fieldAttribute(widget, 'MaxLen'));
  const width = rectangle.right - rectangle.left;
  const height = rectangle.top - rectangle.bottom;
  const isSideways = turnOf(widget) % 180 !== 0;
  const appearance = fieldText(fieldAttribute(widget, 'DA')) ?? defaultAppearance ?? '';
  const alignment = readNumber(fieldAttribute(widget, 'Q')) ?? 0;
  return {
    width: isSideways ? height : width,
    height: isSideways ? width : height,
    fontSize: Number(/(?<![\d.])([\d.]+)\s+Tf/.exec(appearance)?.[1] ?? 0),
    align: alignment === 1 ? 'center' : alignment === 2 ? 'right' : 'left',
    multiline: (flags & multilineFlag) !== 0,
    ...((flags & combFlag) !== 0 && maxLength !== undefined && maxLength > 0 ? { cells: maxLength } : {}),
  };
}

/** Degrees counter-clockwise that the text is turned inside the widget (PDF 1.7, table 189). */
function turnOf(widget: PDFDict): number {
  const characteristics = widget.lookup(PDFName.of('MK'));
  const turn = characteristics instanceof PDFDict ? readNumber(characteristics.lookup(PDFName.of('R'))) : 0;
  return (((turn ?? 0) % 360) + 360) % 360;
}

/**
 * Gives widgets the look of their texts, in fonts that have every letter. All are drawn as pages of one document
 * and copied over together, so that the fonts come once. A text too long for its box is left undrawn.
 */
export async function drawWidgetTexts(
  document: PDFDocument,
  texts: readonly WidgetText[],
  fonts: FontLibrary,
  createdAt: string,
): Promise<void> {
  await fonts.prepare(texts.map(({ text }) => text));
  const typesetter = createTypesetter(fonts);
  const defaultAppearance = formDefaultAppearance(document);
  const drawn: PDFDict[] = [];
  const canvas = createDocument({ title: 'Fields', createdAt });
  for (const { widget, text } of texts) {
    const box = readFieldBox(widget, defaultAppearance);
    const fitted = box && fitFieldText(text, box, typesetter);
    if (box === undefined || fitted?.kind !== 'fits') continue;
    canvas.addPage({ size: [box.width, box.height], margin: 0 });
    drawFrame(canvas, widget, box);
    fitted.draw(canvas);
    drawn.push(widget);
  }
  if (drawn.length > 0) await copyAppearances(document, await finishDocument(canvas), drawn);
}

/** The field's own paper and border, which its new look would otherwise lose (PDF 1.7, tables 166 and 189). */
function drawFrame(canvas: Document, widget: PDFDict, { width, height }: FieldBox): void {
  const characteristics = widget.lookup(PDFName.of('MK'));
  if (!(characteristics instanceof PDFDict)) return;
  const paper = readColor(characteristics.lookup(PDFName.of('BG')));
  const border = readColor(characteristics.lookup(PDFName.of('BC')));
  const style = widget.lookup(PDFName.of('BS'));
  const thickness = (style instanceof PDFDict ? readNumber(style.lookup(PDFName.of('W'))) : undefined) ?? 1;
  if (paper !== undefined) canvas.rect(0, 0, width, height).fill(paper);
  if (border !== undefined && thickness > 0) {
    const inset = thickness / 2;
    canvas
      .lineWidth(thickness)
      .rect(inset, inset, width - thickness, height - thickness)
      .stroke(border);
  }
  canvas.fillColor('black');
}

/** A color array of a form field as pdfkit takes it; undefined for transparent. */
function readColor(object: unknown): [number, number, number] | undefined {
  if (!(object instanceof PDFArray)) return undefined;
  const [a, b, c, d] = object.asArray().map((entry) => readNumber(entry) ?? 0);
  if (a === undefined) return undefined;
  if (b === undefined || c === undefined) return [a * 255, a * 255, a * 255];
  if (d === undefined) return [a * 255, b * 255, c * 255];
  return [(1 - a) * (1 - d) * 255, (1 - b) * (1 - d) * 255, (1 - c) * (1 - d) * 255];
}

async function copyAppearances(
  document: PDFDocument,
  canvas: Uint8Array,
  widgets: readonly PDFDict[],
): Promise<void> {
  const source = await PDFDocument.load(canvas, { updateMetadata: false });
  const copier = PDFObjectCopier.for(source.context, document.context);
  listPageLeaves(source, widgets.length).forEach((leaf, index) => {
    const widget = widgets[index];
    if (widget === undefined) return;
    const reference = copier.copy(pageAsObject(source, leaf).reference);
    turnAppearance(document, reference, turnOf(widget));
    widget.set(PDFName.of('AP'), document.context.obj({ N: reference }));
    widget.delete(PDFName.of('AS'));
  });
}

function turnAppearance(document: PDFDocument, reference: PDFRef, turn: number): void {
  const stream = document.context.lookup(reference);
  const matrices: Readonly<Record<number, readonly number[]>> = {
    90: [0, 1, -1, 0, 0, 0],
    180: [-1, 0, 0, -1, 0, 0],
    270: [0, -1, 1, 0, 0, 0],
  };
  const matrix = matrices[turn];
  if (matrix !== undefined && stream !== undefined && 'dict' in stream && stream.dict instanceof PDFDict) {
    stream.dict.set(PDFName.of('Matrix'), document.context.obj([...matrix]));
  }
}
