import { create, type Font, type GlyphRun } from 'fontkit';

/** An opened font file. `name` is unique and ends up as the font's name in the PDF. */
export interface FontFace {
  readonly name: string;
  /** What pdfkit embeds; its `layout` answers from the cache. */
  readonly font: Font;
  has(codePoint: number): boolean;
  /** Width in em of a text of one direction. */
  measure(text: string): number;
  /** True when the glyphs, read in order, spell the text: no letter drawn in parts, none in another place. */
  spells(text: string): boolean;
}

interface ShapedText {
  readonly run: GlyphRun;
  readonly width: number;
  readonly spells: boolean;
}

/** Shaping is most of the work on a form, and most words recur; past this many the memory is given back. */
const shapedCacheSize = 8000;

export function openFontFace(name: string, bytes: Uint8Array): FontFace {
  const font = create(Buffer.from(bytes));
  if (!('layout' in font)) throw new Error(`${name} is a font collection`);
  const shape = createShaper(font);
  const covered = new Map<number, boolean>();
  // pdfkit takes two fonts of one PostScript name for the same font, and all slices of a family share theirs.
  Object.defineProperty(font, 'postscriptName', { value: name });
  Object.defineProperty(font, 'layout', { value: (text: string) => copyRun(shape(text).run) });
  return {
    name,
    font,
    has(codePoint) {
      const known = covered.get(codePoint);
      if (known !== undefined) return known;
      const found = font.hasGlyphForCodePoint(codePoint);
      covered.set(codePoint, found);
      return found;
    },
    measure: (text) => shape(text).width,
    spells: (text) => shape(text).spells,
  };
}

function createShaper(font: Font): (text: string) => ShapedText {
  const shaped = new Map<string, ShapedText>();
  const layout = font.layout.bind(font);
  const shapeWith = (text: string, features: Readonly<Record<string, boolean>>): ShapedText => {
    const run = layout(text, { ...features });
    const spelled = run.glyphs.map((glyph) => String.fromCodePoint(...glyph.codePoints)).join('');
    return { run, width: run.advanceWidth / font.unitsPerEm, spells: spelled === text };
  };
  return (text) => {
    const known = shaped.get(text);
    if (known) return known;
    // Some Latin letters are taken apart into letter and accent although the font has them whole; whole they copy well.
    const usual = shapeWith(text, {});
    const whole = usual.spells ? usual : shapeWith(text, { ccmp: false });
    const result = whole.spells ? whole : usual;
    if (shaped.size >= shapedCacheSize) shaped.clear();
    shaped.set(text, result);
    return result;
  };
}

/** pdfkit scales the positions it is given in place. */
function copyRun(run: GlyphRun): GlyphRun {
  const positions = run.positions.map((position) => ({ ...position }));
  return Object.assign(Object.create(run), { positions });
}
