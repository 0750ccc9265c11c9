import * as mupdf from 'mupdf';

/** The text of each page, its white space reduced to single spaces. */
export function pageTexts(bytes: Uint8Array): readonly string[] {
  return mapPages(bytes, (page) =>
    page.toStructuredText('preserve-whitespace').asText().replace(/\s+/g, ' ').trim(),
  );
}

/** Width and height of each page as shown, in points. */
export function pageSizes(bytes: Uint8Array): readonly (readonly [number, number])[] {
  return mapPages(bytes, (page) => {
    const [left, top, right, bottom] = page.getBounds();
    return [Math.round(right - left), Math.round(bottom - top)] as const;
  });
}

/** Whether the page is dark at a place given as shares of its width and height. */
export function isDarkAt(bytes: Uint8Array, pageNumber: number, x: number, y: number): boolean {
  const pages = mapPages(bytes, (page) => {
    const pixmap = page.toPixmap(mupdf.Matrix.identity, mupdf.ColorSpace.DeviceGray, false);
    const column = Math.floor(x * pixmap.getWidth());
    const row = Math.floor(y * pixmap.getHeight());
    return (pixmap.getPixels()[row * pixmap.getStride() + column] ?? 255) < 100;
  });
  return pages[pageNumber - 1] ?? false;
}

function mapPages<T>(bytes: Uint8Array, read: (page: mupdf.Page) => T): readonly T[] {
  const document = mupdf.Document.openDocument(bytes, 'application/pdf');
  return Array.from({ length: document.countPages() }, (_, index) => read(document.loadPage(index)));
}
