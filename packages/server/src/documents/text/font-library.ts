import { readFile } from 'node:fs/promises';
import subsetFont from 'subset-font';
import { baseFontFiles, type FontSlice, slicesFor, symbolFontFiles, type Weight } from './font-catalog.ts';
import { type FontFace, openFontFace } from './font-face.ts';

/**
 * The fonts of one worker. Layout is synchronous, reading a font is not: `prepare` reads what the texts need, then
 * `faceFor` answers from memory. An ordinary form opens two files; each further script costs its slices once.
 */
export interface FontLibrary {
  prepare(texts: Iterable<string>): Promise<void>;
  /** Undefined when no font has the character or `prepare` never saw it. `context` is the text around it. */
  faceFor(codePoint: number, weight: Weight, context: string): FontFace | undefined;
  base(weight: Weight): FontFace;
  symbols(weight: Weight): FontFace;
}

/** Slices kept open from job to job; Chinese prose of common characters needs about 40. */
const openSliceLimit = 240;

type FacePair = Readonly<Record<Weight, FontFace>>;

export async function openFontLibrary(): Promise<FontLibrary> {
  const base = await openFiles('NotoSans', baseFontFiles);
  const opened = new Map<string, FacePair>();
  let symbolFaces: FacePair | undefined;

  async function prepareCharacter(codePoint: number, text: string): Promise<void> {
    symbolFaces ??= await openFiles('DejaVuSans', symbolFontFiles);
    if (isSign(codePoint) && symbolFaces[400].has(codePoint)) return;
    for (const slice of slicesFor(codePoint, text)) {
      const faces = opened.get(slice.key) ?? (await openSlice(slice));
      opened.set(slice.key, faces);
      if (faces[400].has(codePoint)) return;
    }
  }

  return {
    async prepare(texts) {
      if (opened.size > openSliceLimit) opened.clear();
      for (const text of texts) {
        if (printableAscii.test(text)) continue;
        for (const character of new Set(text)) {
          const codePoint = character.codePointAt(0) ?? 0;
          if (!base[400].has(codePoint)) await prepareCharacter(codePoint, text);
        }
      }
    },
    faceFor(codePoint, weight, context) {
      if (base[weight].has(codePoint)) return base[weight];
      if (isSign(codePoint) && symbolFaces?.[weight].has(codePoint)) return symbolFaces[weight];
      for (const slice of slicesFor(codePoint, context)) {
        const face = opened.get(slice.key)?.[weight];
        if (face?.has(codePoint)) return face;
      }
      return symbolFaces?.[weight].has(codePoint) ? symbolFaces[weight] : undefined;
    },
    base: (weight) => base[weight],
    symbols: (weight) => symbolFaces?.[weight] ?? base[weight],
  };
}

/** Arrows, mathematical and other signs: the ideographic fonts have them too, but broad and in one weight only. */
function isSign(codePoint: number): boolean {
  return codePoint >= 0x2000 && codePoint < 0x2e80;
}

const printableAscii = /^[\x20-\x7e\n]*$/;

async function openFiles(name: string, files: Readonly<Record<Weight, string>>): Promise<FacePair> {
  const open = async (weight: Weight) => openFontFace(`${name}-${weight}`, await readFile(files[weight]));
  return { 400: await open(400), 700: await open(700) };
}

/**
 * A slice is a variable WOFF2 whose default weight is often Thin, and the PDF writer can neither choose a weight
 * nor subset that format: HarfBuzz pins the weight and hands back plain TrueType. Ideographs are printed in the
 * regular weight only; a bold one would double the work and fills in on a fax.
 */
async function openSlice(slice: FontSlice): Promise<FacePair> {
  const bytes = await readFile(slice.file);
  // Loaded when there is need of it: half a megabyte of WebAssembly.
  const shaper = slice.needsHarfBuzz
    ? (await import('./harfbuzz-shaper.ts')).createHarfBuzzShaper
    : undefined;
  const open = async (weight: Weight) => {
    const options = {
      targetFormat: 'truetype',
      keepAllGlyphs: true,
      variationAxes: { wght: weight },
    } as const;
    return openFontFace(`${slice.key}-${weight}`, await subsetFont(bytes, undefined, options), shaper);
  };
  const regular = await open(400);
  return { 400: regular, 700: slice.ideographic ? regular : await open(700) };
}
