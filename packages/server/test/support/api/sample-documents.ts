import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib';

/** A small readable PDF of the given number of pages. */
export async function samplePdf(pages = 1): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let page = 1; page <= pages; page += 1) {
    document.addPage([612, 792]).drawText(`Clinical note, page ${page}`, { x: 50, y: 700, size: 12, font });
  }
  return document.save();
}
