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

/** Share of dark pixels in a rectangle of a page: x, y, width, height in points from the upper left. */
export function inkShare(
  bytes: Uint8Array,
  pageNumber: number,
  [x, y, width, height]: readonly [number, number, number, number],
): number {
  const zoom = 3;
  const shares = mapPages(bytes, (page) => {
    const pixmap = page.toPixmap(mupdf.Matrix.scale(zoom, zoom), mupdf.ColorSpace.DeviceGray, false);
    const pixels = pixmap.getPixels();
    let dark = 0;
    for (let row = Math.floor(y * zoom); row < (y + height) * zoom; row += 1) {
      for (let column = Math.floor(x * zoom); column < (x + width) * zoom; column += 1) {
        if ((pixels[row * pixmap.getStride() + column] ?? 255) < 100) dark += 1;
      }
    }
    return dark / (width * zoom * height * zoom);
  });
  return shares[pageNumber - 1] ?? 0;
}

function mapPages<T>(bytes: Uint8Array, read: (page: mupdf.Page) => T): readonly T[] {
  const document = mupdf.Document.openDocument(bytes, 'application/pdf');
  return Array.from({ length: document.countPages() }, (_, index) => read(document.loadPage(index)));
}
