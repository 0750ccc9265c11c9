import bidiModule, { type Bidi } from 'bidi-js';
import type { Weight } from './font-catalog.ts';
import type { FontFace } from './font-face.ts';
import type { FontLibrary } from './font-library.ts';

// The declarations describe an ES module; what Node loads is the factory itself.
const bidi = (bidiModule as unknown as () => Bidi)();
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A stretch of one paragraph in one font and one direction; `text` is in the order of typing. */
export interface TextRun {
  readonly start: number;
  readonly text: string;
  readonly face: FontFace;
  /** Unicode bidi embedding level; odd is right to left. */
  readonly level: number;
}

export interface AnalyzedParagraph {
  /** The text that is printed: what no font has is replaced. */
  readonly text: string;
  readonly runs: readonly TextRun[];
  readonly rightToLeft: boolean;
}

/** What stands in the place of a character no font has. */
const placeholder = '\u25a1';
const printableAscii = /^[\x20-\x7e]*$/;
const rightToLeftLetters = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Splits a paragraph (no line breaks, cleaned) into runs. Direction: Unicode bidi, base by the first strong letter. */
export function analyzeParagraph(given: string, weight: Weight, fonts: FontLibrary): AnalyzedParagraph {
  if (printableAscii.test(given)) {
    const runs = given === '' ? [] : [{ start: 0, text: given, face: fonts.base(weight), level: 0 }];
    return { text: given, runs, rightToLeft: false };
  }
  const text = replaceUnprintable(given, weight, fonts);
  const levels = rightToLeftLetters.test(text) ? bidi.getEmbeddingLevels(text, 'auto') : undefined;
  const runs: TextRun[] = [];
  for (const { segment, index } of graphemes.segment(text)) {
    const level = levels?.levels[index] ?? 0;
    const previous = runs.at(-1);
    const face = chooseFace(segment, weight, fonts, previous?.face, text) ?? fonts.symbols(weight);
    if (previous && previous.face === face && previous.level === level) {
      runs[runs.length - 1] = { ...previous, text: previous.text + segment };
    } else {
      runs.push({ start: index, text: segment, face, level });
    }
  }
  return { text, runs, rightToLeft: (levels?.paragraphs[0]?.level ?? 0) % 2 === 1 };
}

/** Done before anything is measured, so that offsets into the text stay true. */
function replaceUnprintable(text: string, weight: Weight, fonts: FontLibrary): string {
  let printable = '';
  for (const { segment } of graphemes.segment(text)) {
    printable += chooseFace(segment, weight, fonts, undefined, text)
      ? segment
      : reduceCluster(segment, weight, fonts, text);
  }
  return printable;
}

/** A letter with a mark no font has is worth more than a box; an emoji sequence becomes one box. */
function reduceCluster(cluster: string, weight: Weight, fonts: FontLibrary, context: string): string {
  const [base = ''] = cluster;
  const hasBase = fonts.faceFor(base.codePointAt(0) ?? 0, weight, context) !== undefined;
  return hasBase && /[\p{Letter}\p{Number}]/u.test(base) ? base : placeholder;
}

function chooseFace(
  cluster: string,
  weight: Weight,
  fonts: FontLibrary,
  current: FontFace | undefined,
  context: string,
): FontFace | undefined {
  const codePoints = [...cluster].map((character) => character.codePointAt(0) ?? 0);
  const coversAll = (face: FontFace) =>
    codePoints.every((codePoint) => face.has(codePoint) || isJoiner(codePoint));
  // Spaces and signs stay with the word before them, so that a right-to-left phrase is shaped as one.
  if (current && isNeutral(cluster) && coversAll(current)) return current;
  for (const codePoint of codePoints) {
    const face = fonts.faceFor(codePoint, weight, context);
    if (face && coversAll(face)) return face;
  }
  return undefined;
}

function isNeutral(cluster: string): boolean {
  return /^[\p{Script=Common}\p{Script=Inherited}]+$/u.test(cluster) && !/[0-9]/.test(cluster);
}

function isJoiner(codePoint: number): boolean {
  return codePoint === 0x200c || codePoint === 0x200d;
}

/** Puts the runs of one line into the order of the eye (bidi rule L2). */
export function orderVisually(runs: readonly TextRun[]): readonly TextRun[] {
  const highest = Math.max(0, ...runs.map((run) => run.level));
  if (highest === 0) return runs;
  const ordered = [...runs];
  for (let level = highest; level >= 1; level -= 1) reverseStretches(ordered, level);
  return ordered;
}

function reverseStretches(runs: TextRun[], level: number): void {
  let start = 0;
  while (start < runs.length) {
    let end = start;
    while (end < runs.length && (runs[end]?.level ?? 0) >= level) end += 1;
    if (end > start) runs.splice(start, end - start, ...runs.slice(start, end).reverse());
    start = end + 1;
  }
}

function mirror(text: string): string {
  return [...text].map((character) => bidi.getMirroredCharacter(character) ?? character).join('');
}

const rightToLeftScript =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * The string to hand to the shaper. Brackets of a right-to-left stretch are turned (bidi rule L4). The shaper takes
 * its direction from the script alone, so that signs in a right-to-left stretch, and Persian digits in a
 * left-to-right one, must be put in the opposite order beforehand.
 */
export function shaperText(run: Pick<TextRun, 'text' | 'level'>): string {
  const isRightToLeft = run.level % 2 === 1;
  if (printableAscii.test(run.text) && !isRightToLeft) return run.text;
  const text = isRightToLeft ? mirror(run.text) : splitSaraAm(run.text);
  const shapedRightToLeft = rightToLeftScript.test(run.text);
  if (shapedRightToLeft === isRightToLeft) return text;
  return [...graphemes.segment(text)]
    .map(({ segment }) => segment)
    .reverse()
    .join('');
}

/** Thai and Lao: the ring of the vowel "am" stands below a tone mark, which the shaper does not arrange. */
function splitSaraAm(text: string): string {
  return text
    .replace(/(?<![\u0e48-\u0e4b])([\u0e48-\u0e4b]*)\u0e33/g, '\u0e4d$1\u0e32')
    .replace(/(?<![\u0ec8-\u0ecb])([\u0ec8-\u0ecb]*)\u0eb3/g, '\u0ecd$1\u0eb2');
}

/** The pieces a run is shaped in: words, which recur, or a whole right-to-left stretch, whose words change places. */
export function shapedPieces(run: TextRun): readonly TextRun[] {
  if (run.level % 2 === 1) return [run];
  return (run.text.match(/ *[^ ]+ *| +/g) ?? []).map((text) => ({ ...run, text }));
}

/** Width in em. */
export function measureRun(run: TextRun): number {
  return shapedPieces(run).reduce((sum, piece) => sum + piece.face.measure(shaperText(piece)), 0);
}
