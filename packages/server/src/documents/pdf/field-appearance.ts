import { drawLine } from '../text/draw-text.ts';
import type { Document } from '../text/pdf-document.ts';
import type { TextLine, Typesetter } from '../text/typesetter.ts';

/** The box of a text field and how its text stands in it. Lengths in points. */
export interface FieldBox {
  readonly width: number;
  readonly height: number;
  /** Undefined or 0: as large as fits. */
  readonly fontSize?: number;
  readonly align: 'left' | 'center' | 'right';
  readonly multiline: boolean;
  /** Cells of a comb field. */
  readonly cells?: number;
}

/** Text set into a box, or the fact that it cannot be without becoming unreadable. */
export type FittedText =
  | { readonly kind: 'fits'; readonly draw: (document: Document) => void }
  | { readonly kind: 'overflows' };

const padding = 2;
/** Smaller print does not survive a fax. */
const smallestSize = 6;
const largestAutoSize = 12;
const lineSpacing = 1.25;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function fitFieldText(text: string, box: FieldBox, typesetter: Typesetter): FittedText {
  if (box.cells !== undefined) return fitComb(text, box, box.cells, typesetter);
  return box.multiline ? fitParagraph(text, box, typesetter) : fitSingleLine(text, box, typesetter);
}

function fitSingleLine(text: string, box: FieldBox, typesetter: Typesetter): FittedText {
  const room = box.width - 2 * padding;
  const fits = (size: number) => typesetter.fit(text, { size, weight: 400 }).width <= room;
  const size = largestFitting(box, fits);
  if (size === undefined) return { kind: 'overflows' };
  const line = typesetter.fit(text, { size, weight: 400 });
  const baseline = box.height / 2 + size * 0.36;
  return { kind: 'fits', draw: (document) => drawLine(document, line, alignLine(line, box), baseline) };
}

function fitParagraph(text: string, box: FieldBox, typesetter: Typesetter): FittedText {
  const wrap = (size: number) => typesetter.wrap(text, { size, weight: 400 }, box.width - 2 * padding);
  const size = largestFitting(
    box,
    (tried) => wrap(tried).length * tried * lineSpacing <= box.height - padding,
  );
  if (size === undefined) return { kind: 'overflows' };
  return {
    kind: 'fits',
    draw: (document) => {
      wrap(size).forEach((line, index) => {
        drawLine(document, line, alignLine(line, box), padding + index * size * lineSpacing + size * 0.98);
      });
    },
  };
}

/** The largest size, in half points, at which the text fits. A fixed size may shrink too: small is better than cut. */
function largestFitting(box: FieldBox, fits: (size: number) => boolean): number | undefined {
  const { fontSize, height, multiline } = box;
  const start =
    fontSize && fontSize > 0 ? fontSize : multiline ? 10 : Math.min(largestAutoSize, height * 0.72);
  if (fits(start)) return start;
  const smallest = Math.min(start, smallestSize);
  if (!fits(smallest)) return undefined;
  let low = 0;
  let high = Math.floor((start - smallest) * 2);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(smallest + middle / 2)) low = middle;
    else high = middle - 1;
  }
  return smallest + low / 2;
}

function fitComb(text: string, box: FieldBox, cells: number, typesetter: Typesetter): FittedText {
  const characters = [...graphemes.segment(text)].map(({ segment }) => segment);
  if (characters.length > cells) return { kind: 'overflows' };
  const cellWidth = box.width / cells;
  const fixed =
    box.fontSize && box.fontSize > 0 ? box.fontSize : Math.min(largestAutoSize, box.height * 0.72);
  const size = Math.min(fixed, cellWidth * 1.25);
  return {
    kind: 'fits',
    draw: (document) => {
      characters.forEach((character, index) => {
        const line = typesetter.fit(character, { size, weight: 400 });
        drawLine(document, line, cellWidth * (index + 0.5) - line.width / 2, box.height / 2 + size * 0.36);
      });
    },
  };
}

function alignLine(line: TextLine, { width, align }: FieldBox): number {
  if (align === 'right' || line.fromRight) return width - padding - line.width;
  return align === 'center' ? (width - line.width) / 2 : padding;
}
