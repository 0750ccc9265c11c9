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
  readonly run: ShapedRun;
  readonly width: number;
  readonly spells: boolean;
}

/** The part of fontkit's GlyphRun that pdfkit reads. */
type ShapedRun = Pick<GlyphRun, 'glyphs' | 'positions' | 'advanceWidth'>;
type Layout = (text: string, features?: Record<string, boolean>) => ShapedRun;

/** Most words recur; past this many the memory is given back. */
const shapedCacheSize = 8000;

/** The shaping of one font by something else than fontkit. */
export type OtherShaper = (font: Font, bytes: Uint8Array) => (text: string) => ShapedRun;

export function openFontFace(name: string, bytes: Uint8Array, otherShaper?: OtherShaper): FontFace {
  const font = create(Buffer.from(bytes));
  if (!('layout' in font)) throw new Error(`${name} is a font collection`);
  tolerateMissingAnchors(font);
  const shape = createShaper(font, otherShaper?.(font, bytes));
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

/** The part of fontkit's mark positioning that is mended below; its declarations leave it out. */
interface MarkPositioner {
  applyLookup(lookupType: number, table: unknown): boolean;
  applyAnchor(mark: { readonly markAnchor: unknown }, baseAnchor: unknown, baseIndex: number): void;
}

/**
 * A font may give a base no anchor for a class of marks, and then the next subtable has its turn (OpenType, GPOS
 * lookup types 4 to 6). fontkit 2.0.4 reads the anchor that is not there, which fails on common names in Telugu,
 * Gurmukhi, Malayalam and Khmer.
 */
function tolerateMissingAnchors(font: Font): void {
  // Private to fontkit, whose version is pinned; without positions in the font the processor is null.
  const { _layoutEngine } = font as unknown as {
    readonly _layoutEngine?: { readonly engine?: { readonly GPOSProcessor?: MarkPositioner | null } | null };
  };
  const positioner = _layoutEngine?.engine?.GPOSProcessor;
  if (!positioner) return;
  const applyLookup = positioner.applyLookup.bind(positioner);
  const applyAnchor = positioner.applyAnchor.bind(positioner);
  let isMissing = false;
  positioner.applyAnchor = (mark, baseAnchor, baseIndex) => {
    isMissing = !mark.markAnchor || !baseAnchor;
    if (!isMissing) applyAnchor(mark, baseAnchor, baseIndex);
  };
  positioner.applyLookup = (lookupType, table) => {
    isMissing = false;
    const isApplied = applyLookup(lookupType, table) && !isMissing;
    isMissing = false;
    return isApplied;
  };
}

function createShaper(font: Font, layout: Layout = font.layout.bind(font)): (text: string) => ShapedText {
  const shaped = new Map<string, ShapedText>();
  const shapeSimple = createSimpleShaper(font, layout);
  return (text) => {
    const known = shaped.get(text);
    if (known) return known;
    const run = isSimple(text) ? shapeSimple(text) : layout(text);
    const spelled = run.glyphs.map((glyph) => String.fromCodePoint(...glyph.codePoints)).join('');
    const result = { run, width: run.advanceWidth / font.unitsPerEm, spells: spelled === text };
    if (shaped.size >= shapedCacheSize) shaped.clear();
    shaped.set(text, result);
    return result;
  };
}

/** Latin, Greek and Cyrillic in composed letters, and common signs: one glyph a letter, left to right. */
function isSimple(text: string): boolean {
  return /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u0386-\u0481\u048a-\u052f\u1e00-\u1fff\u2010-\u2026\u2030-\u205e\u20a0-\u20bf]*$/.test(
    text,
  );
}

/**
 * Glyph by glyph, with the kerning of each pair looked up once. Full shaping gives the same picture for simple text at
 * ten times the cost (measured on 4,000 different words), and takes some accented letters apart, which then copy badly.
 */
function createSimpleShaper(font: Font, layout: Layout): (text: string) => ShapedRun {
  const kerning = new Map<string, number>();
  const advanceOf = (character: string) => font.glyphForCodePoint(character.codePointAt(0) ?? 0).advanceWidth;
  const kern = (left: string, right: string): number => {
    const known = kerning.get(left + right);
    if (known !== undefined) return known;
    const run = layout(left + right, { liga: false, ccmp: false });
    const found = run.glyphs.length === 2 ? run.advanceWidth - advanceOf(left) - advanceOf(right) : 0;
    kerning.set(left + right, found);
    return found;
  };
  return (text) => {
    const characters = [...text];
    const glyphs = characters.map((character) => font.glyphForCodePoint(character.codePointAt(0) ?? 0));
    const positions = glyphs.map(({ advanceWidth }, index) => {
      const character = characters[index] ?? '';
      const next = characters[index + 1];
      // Not after a space: lines are measured word by word and drawn whole, and both must agree.
      const adjusted = next === undefined || character === ' ' ? 0 : kern(character, next);
      return { xAdvance: advanceWidth + adjusted, yAdvance: 0, xOffset: 0, yOffset: 0 };
    });
    return { glyphs, positions, advanceWidth: positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0) };
  };
}

/** pdfkit scales the positions it is given in place. */
function copyRun({ glyphs, positions, advanceWidth }: ShapedRun): ShapedRun {
  return { glyphs, positions: positions.map((position) => ({ ...position })), advanceWidth };
}
