import { create, type Font } from 'fontkit';

/** An opened font file. `name` is unique and ends up as the font's name in the PDF. */
export interface FontFace {
  readonly name: string;
  readonly font: Font;
  has(codePoint: number): boolean;
  /** Width in em of a text of one direction. */
  measure(text: string): number;
  /** What the text must be drawn with to come out as measured. */
  features(text: string): FeatureSwitches;
  /** True when the glyphs, read in order, spell the text: no letter drawn in parts, none in another place. */
  spells(text: string): boolean;
}

interface ShapedText {
  readonly width: number;
  readonly spells: boolean;
  readonly features: FeatureSwitches;
}

/** OpenType features to turn on or off; pdfkit and fontkit take the same object. */
export type FeatureSwitches = Readonly<Record<string, boolean>>;

/** Most words recur; past this many the memory is given back. */
const shapedCacheSize = 5000;

export function openFontFace(name: string, bytes: Uint8Array): FontFace {
  const font = create(Buffer.from(bytes));
  if (!('layout' in font)) throw new Error(`${name} is a font collection`);
  // pdfkit takes two fonts of one PostScript name for the same font, and all slices of a family share theirs.
  Object.defineProperty(font, 'postscriptName', { value: name });
  const covered = new Map<number, boolean>();
  const shaped = new Map<string, ShapedText>();
  const shape = (text: string): ShapedText => {
    const known = shaped.get(text);
    if (known) return known;
    // Some Latin letters are taken apart into letter and accent although the font has them whole; whole they copy well.
    const usual = shapeWith(font, text, {});
    const whole = usual.spells ? usual : shapeWith(font, text, { ccmp: false });
    const result = whole.spells ? whole : usual;
    if (shaped.size >= shapedCacheSize) shaped.clear();
    shaped.set(text, result);
    return result;
  };
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
    features: (text) => shape(text).features,
    spells: (text) => shape(text).spells,
  };
}

function shapeWith(font: Font, text: string, features: FeatureSwitches): ShapedText {
  const { glyphs, advanceWidth } = font.layout(text, { ...features });
  const spelled = glyphs.map((glyph) => String.fromCodePoint(...glyph.codePoints)).join('');
  return { width: advanceWidth / font.unitsPerEm, spells: spelled === text, features };
}
