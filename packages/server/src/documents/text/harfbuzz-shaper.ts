import type { Font, GlyphRun } from 'fontkit';
import { Buffer, Face, Blob as HarfBuzzBlob, Font as HarfBuzzFont, shape } from 'harfbuzzjs';

/**
 * Shapes text in place of fontkit, for scripts whose letters fontkit 2.0.4 neither reorders nor stacks: what it makes of
 * Burmese is wrong letters. The font's glyphs stay fontkit's, since pdfkit embeds those.
 */
export function createHarfBuzzShaper(
  font: Font,
  bytes: Uint8Array,
): (text: string) => Pick<GlyphRun, 'glyphs' | 'positions' | 'advanceWidth'> {
  const shaper = new HarfBuzzFont(new Face(new HarfBuzzBlob(bytes), 0));
  // The letter a glyph is drawn for by itself; one that stands for several together spells none.
  const glyphOf = (id: number) =>
    font.getGlyph(
      id,
      [...(font.stringsForGlyph(id)[0] ?? '')].map((letter) => letter.codePointAt(0) ?? 0),
    );
  return (text) => {
    const buffer = new Buffer();
    buffer.addText(text);
    buffer.guessSegmentProperties();
    shape(shaper, buffer);
    // HarfBuzz calls the id of a glyph `codepoint`.
    const glyphs = buffer.getGlyphInfos().map(({ codepoint }) => glyphOf(codepoint));
    const positions = buffer.getGlyphPositions();
    return { glyphs, positions, advanceWidth: positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0) };
  };
}
