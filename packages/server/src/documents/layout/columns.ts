import { drawLine } from '../text/draw-text.ts';
import type { Document } from '../text/pdf-document.ts';
import type { TextLine } from '../text/typesetter.ts';
import type { Row } from './rows.ts';

/** Something of one line's height inside a column: text, or text beside a box. */
export interface ColumnLine {
  readonly height: number;
  /** `baseline` is measured from the top of the page. */
  readonly draw: (document: Document, left: number, baseline: number) => void;
}

export interface Column {
  readonly left: number;
  readonly lines: readonly ColumnLine[];
}

/** Share of a line's height above the baseline; fits Noto Sans. */
const baselineShare = 0.74;

/** Columns side by side, cut into rows line by line so that long text goes on to the next page. */
export function columnRows(columns: readonly Column[]): readonly Row[] {
  const count = Math.max(0, ...columns.map(({ lines }) => lines.length));
  return Array.from({ length: count }, (_, index) => {
    const height = Math.max(...columns.map(({ lines }) => lines[index]?.height ?? 0));
    return {
      height,
      keepWithNext: keepsWithNext(index, count),
      draw: (document: Document, top: number) => {
        const baseline = top + height * baselineShare;
        for (const { left, lines } of columns) lines[index]?.draw(document, left, baseline);
      },
    };
  });
}

/** Two lines stay together at either end; short paragraphs stay whole. */
function keepsWithNext(index: number, count: number): boolean {
  if (index === count - 1) return false;
  return count <= 4 || index === 0 || index === count - 2;
}

/** Lines of text; `width` is where right-to-left paragraphs begin. */
export function textLines(
  lines: readonly TextLine[],
  lineHeight: number,
  width: number,
): readonly ColumnLine[] {
  return lines.map((line) => ({
    height: lineHeight,
    draw: (document, left, baseline) => {
      drawLine(document, line, line.fromRight ? left + width - line.width : left, baseline);
    },
  }));
}
