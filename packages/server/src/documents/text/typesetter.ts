import { cleanText } from './clean-text.ts';
import type { Weight } from './font-catalog.ts';
import type { FontLibrary } from './font-library.ts';
import { breakOffsets } from './line-breaks.ts';
import {
  type AnalyzedParagraph,
  analyzeParagraph,
  measureRun,
  orderVisually,
  type TextRun,
} from './text-runs.ts';

/** Sizes and widths are in points. */
export interface TextStyle {
  readonly size: number;
  readonly weight: Weight;
}

/** One line ready to draw: runs from left to right. */
export interface TextLine {
  readonly runs: readonly TextRun[];
  readonly style: TextStyle;
  readonly width: number;
  /** The line belongs to a right-to-left paragraph of several lines, which reads from the right edge. */
  readonly fromRight: boolean;
}

export interface Typesetter {
  /** Breaks a text into lines no wider than `width`; a word wider than that is broken. At least one line. */
  wrap(text: string, style: TextStyle, width: number): readonly TextLine[];
  /** A text on one line; past `width` it ends in an ellipsis. Line breaks become spaces. */
  fit(text: string, style: TextStyle, width?: number): TextLine;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** For one document. What it answers is kept and shared, so lines are not to be changed. */
export function createTypesetter(fonts: FontLibrary): Typesetter {
  return {
    wrap: remembering((text, style, width: number) => wrapText(text, style, width, fonts)),
    fit: remembering((text, style, width?: number) => fitText(text, style, width, fonts)),
  };
}

/** Results kept; past these the memory is given back. */
const keptResults = 2_000;
/** Longer texts are answers, which do not recur. */
const keptLength = 300;

/** A form that repeats a group asks the same questions in it again and again. */
function remembering<Width extends number | undefined, Result>(
  compute: (text: string, style: TextStyle, width: Width) => Result,
): (text: string, style: TextStyle, width: Width) => Result {
  const kept = new Map<string, Result>();
  return (text, style, width) => {
    if (text.length > keptLength) return compute(text, style, width);
    const key = `${style.size} ${style.weight} ${width} ${text}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const result = compute(text, style, width);
    if (kept.size >= keptResults) kept.clear();
    kept.set(key, result);
    return result;
  };
}

function wrapText(text: string, style: TextStyle, width: number, fonts: FontLibrary): readonly TextLine[] {
  return cleanText(text)
    .split('\n')
    .flatMap((paragraph) => wrapParagraph(analyzeParagraph(paragraph, style.weight, fonts), style, width));
}

function fitText(text: string, style: TextStyle, width: number | undefined, fonts: FontLibrary): TextLine {
  const line = cleanText(text).replaceAll('\n', ' ');
  const build = (shown: string) => {
    const paragraph = analyzeParagraph(shown, style.weight, fonts);
    return buildLine(paragraph, 0, paragraph.text.length, style, false);
  };
  const whole = build(line);
  return width === undefined || whole.width <= width ? whole : fitPrefix(line, build, width);
}

function fitPrefix(text: string, build: (text: string) => TextLine, width: number): TextLine {
  const clusters = [...graphemes.segment(text)].map(({ segment }) => segment);
  const cut = (count: number) => build(`${clusters.slice(0, count).join('').trimEnd()}\u2026`);
  let low = 0;
  let high = clusters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (cut(middle).width <= width) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

function wrapParagraph(paragraph: AnalyzedParagraph, style: TextStyle, width: number): readonly TextLine[] {
  const ends = lineEnds(paragraph, style, width);
  const fromRight = paragraph.rightToLeft && ends.length > 1;
  return ends.map((end, index) => buildLine(paragraph, ends[index - 1] ?? 0, end, style, fromRight));
}

/** Greedy: each line takes what fits. Trailing spaces may hang over the edge. */
function lineEnds(paragraph: AnalyzedParagraph, style: TextStyle, width: number): readonly number[] {
  const ends: number[] = [];
  let lineStart = 0;
  let lineWidth = 0;
  let segmentStart = 0;
  for (const segmentEnd of breakOffsets(paragraph.text)) {
    const inkWidth = measure(
      paragraph,
      segmentStart,
      inkEnd(paragraph.text, segmentStart, segmentEnd),
      style,
    );
    if (lineWidth + inkWidth > width && segmentStart > lineStart) {
      ends.push(segmentStart);
      lineStart = segmentStart;
      lineWidth = 0;
    }
    if (inkWidth > width) {
      for (const end of splitLongWord(paragraph, segmentStart, segmentEnd, style, width)) {
        ends.push(end);
        lineStart = end;
      }
      lineWidth = measure(paragraph, lineStart, segmentEnd, style);
    } else {
      lineWidth += measure(paragraph, segmentStart, segmentEnd, style);
    }
    segmentStart = segmentEnd;
  }
  ends.push(paragraph.text.length);
  return ends;
}

/** Offsets inside a word too wide for a line; the rest after the last offset fits. */
function splitLongWord(
  paragraph: AnalyzedParagraph,
  start: number,
  end: number,
  style: TextStyle,
  width: number,
): readonly number[] {
  const offsets: number[] = [];
  let used = 0;
  for (const { segment, index } of graphemes.segment(paragraph.text.slice(start, end))) {
    const from = start + index;
    const clusterWidth = measure(paragraph, from, from + segment.length, style);
    if (used + clusterWidth > width && used > 0) {
      offsets.push(from);
      used = 0;
    }
    used += clusterWidth;
  }
  return offsets;
}

function inkEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}

function measure(paragraph: AnalyzedParagraph, start: number, end: number, style: TextStyle): number {
  let width = 0;
  for (const run of sliceRuns(paragraph, start, end)) width += measureRun(run);
  return width * style.size;
}

function buildLine(
  paragraph: AnalyzedParagraph,
  start: number,
  end: number,
  style: TextStyle,
  fromRight: boolean,
): TextLine {
  const runs = orderVisually(sliceRuns(paragraph, start, inkEnd(paragraph.text, start, end)));
  const width = runs.reduce((sum, run) => sum + measureRun(run), 0) * style.size;
  return { runs, style, width, fromRight };
}

function sliceRuns(paragraph: AnalyzedParagraph, start: number, end: number): readonly TextRun[] {
  const runs: TextRun[] = [];
  for (const run of paragraph.runs) {
    const from = Math.max(start, run.start);
    const to = Math.min(end, run.start + run.text.length);
    if (from < to) runs.push({ ...run, start: from, text: run.text.slice(from - run.start, to - run.start) });
  }
  return runs;
}
