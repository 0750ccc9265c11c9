import type { Document } from './pdf-document.ts';
import { shapedPieces, shaperText, type TextRun } from './text-runs.ts';
import type { TextLine } from './typesetter.ts';

/** Draws one line with its baseline at `y`, measured from the top of the page, its left edge at `x`. */
export function drawLine(document: Document, line: TextLine, x: number, y: number): void {
  let left = x;
  for (const run of line.runs) {
    // Under its name pdfkit knows the font again; without, it opens and compares it anew each time.
    document.font(asFontSource(run.face.font), run.face.name, line.style.size);
    const pieces = run.level === 0 && run.face.spells(run.text) ? [run] : shapedPieces(run);
    for (const piece of pieces) left += drawPiece(document, piece, left, y) * line.style.size;
  }
}

/** Draws a piece of one font and direction; returns its width in em. */
function drawPiece(document: Document, piece: TextRun, x: number, y: number): number {
  const text = shaperText(piece);
  // Copying and searching must give what was typed although the glyphs do not spell it. Not for right-to-left
  // text: readers disagree on the order of such a replacement, and all of them turn bare glyphs round correctly.
  const isReplaced = piece.level === 0 && !piece.face.spells(piece.text);
  if (isReplaced) document.markContent('Span', { actual: piece.text });
  // With `features` the piece is shaped whole; without, word by word, which puts Arabic words in reverse order.
  document.text(text, x, y, drawnAsItIs);
  if (isReplaced) document.endMarkedContent();
  return piece.face.measure(text);
}

/** The width and the number of words matter to links and justified text alone; pdfkit would work them out. */
const drawnAsItIs = {
  lineBreak: false,
  baseline: 'alphabetic' as const,
  features: [],
  textWidth: 0,
  wordCount: 0,
};

/** pdfkit takes an opened fontkit font (anything with `layout`), which its type declarations do not say. */
function asFontSource(font: unknown): Parameters<Document['font']>[0] {
  return font as Parameters<Document['font']>[0];
}
