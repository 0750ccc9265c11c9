import type { Document } from '../text/pdf-document.ts';

/** A strip over the whole width that is never split. Heights and positions are in points from the top. */
export interface Row {
  readonly height: number;
  /** Not parted from the row that follows: a heading from its text, the first line from the second. */
  readonly keepWithNext?: boolean;
  readonly draw?: (document: Document, top: number) => void;
}

/** Where content may stand on a page. */
export interface PageFrame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** US Letter with room above and below for what is stamped on every page. */
export const letterFrame: PageFrame = { width: 612, height: 792, left: 54, right: 558, top: 58, bottom: 738 };

export function innerWidth(frame: PageFrame): number {
  return frame.right - frame.left;
}

export function space(height: number): Row {
  return { height };
}

/** Lays rows onto as many pages as they need, the first included. Returns the number of pages. */
export function flowRows(document: Document, rows: readonly Row[], frame: PageFrame): number {
  let pages = 0;
  let y = frame.bottom;
  const addPage = () => {
    document.addPage({ size: [frame.width, frame.height], margin: 0 });
    pages += 1;
    y = frame.top;
  };
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    if (row === undefined) break;
    const atTop = pages > 0 && y === frame.top;
    if (pages === 0 || (!atTop && y + chainHeight(rows, index, frame) > frame.bottom)) addPage();
    // White space at the head of a page is only a gap that lost its purpose.
    if (row.draw === undefined && y === frame.top && pages > 1) continue;
    row.draw?.(document, y);
    y += row.height;
  }
  if (pages === 0) addPage();
  return pages;
}

/** The height that has to fit below each other, at most a page: a longer chain is broken where it must be. */
function chainHeight(rows: readonly Row[], start: number, frame: PageFrame): number {
  let height = 0;
  for (let index = start; index < rows.length; index += 1) {
    const row = rows[index];
    if (row === undefined) break;
    if (height + row.height > frame.bottom - frame.top) return rows[start]?.height ?? 0;
    height += row.height;
    if (row.keepWithNext !== true) break;
  }
  return height;
}
