import type { AnswerView, OptionView } from '../form/form-view.ts';
import { drawLine } from '../text/draw-text.ts';
import type { Document } from '../text/pdf-document.ts';
import type { TextLine, TextStyle, Typesetter } from '../text/typesetter.ts';
import { type ColumnLine, textLines } from './columns.ts';

const answerStyle: TextStyle = { size: 10, weight: 700 };
/** Paragraphs are easier to read in the regular weight. */
const proseStyle: TextStyle = { size: 10, weight: 400 };
const proseLength = 160;
const optionStyle: TextStyle = { size: 9.5, weight: 400 };
const chosenStyle: TextStyle = { size: 9.5, weight: 700 };
const lineHeight = 13.5;
const bulletIndent = 10;
const boxSize = 8;
const boxGap = 5;
const optionGap = 16;

/** The lines of an answer column. An unanswered question keeps an empty line to write on. */
export function answerLines(
  answer: AnswerView,
  typesetter: Typesetter,
  width: number,
): readonly ColumnLine[] {
  if (answer.kind === 'options') return optionLines(answer.options, typesetter, width);
  if (answer.kind === 'empty') return [{ height: lineHeight, draw: () => {} }];
  const style = answer.lines.some((line) => line.length > proseLength) ? proseStyle : answerStyle;
  if (answer.lines.length === 1) return wrapAnswer(answer.lines[0] ?? '', style, typesetter, width);
  return answer.lines.flatMap((line) => bulletLines(line, style, typesetter, width));
}

function wrapAnswer(
  text: string,
  style: TextStyle,
  typesetter: Typesetter,
  width: number,
): readonly ColumnLine[] {
  return textLines(typesetter.wrap(text, style, width), lineHeight, width);
}

function bulletLines(
  text: string,
  style: TextStyle,
  typesetter: Typesetter,
  width: number,
): readonly ColumnLine[] {
  const bullet = typesetter.fit('\u2022', style);
  return wrapAnswer(text, style, typesetter, width - bulletIndent).map((line, index) => ({
    height: line.height,
    draw: (document, left, baseline) => {
      if (index === 0) drawLine(document, bullet, left, baseline);
      line.draw(document, left + bulletIndent, baseline);
    },
  }));
}

interface OptionBox {
  readonly checked: boolean;
  readonly lines: readonly TextLine[];
  readonly width: number;
}

/** Options stand side by side as long as they fit; one too long for the column takes lines of its own. */
function optionLines(
  options: readonly OptionView[],
  typesetter: Typesetter,
  width: number,
): readonly ColumnLine[] {
  const boxes = options.map((option) => optionBox(option, typesetter, width));
  const lines: ColumnLine[] = [];
  let current: { box: OptionBox; offset: number }[] = [];
  let used = 0;
  const endLine = () => {
    const placed = current;
    if (placed.length > 0) lines.push({ height: lineHeight, draw: (...at) => drawOptions(placed, ...at) });
    current = [];
    used = 0;
  };
  for (const box of boxes) {
    if (used > 0 && used + box.width > width) endLine();
    current.push({ box, offset: used });
    used += box.width + optionGap;
    if (box.lines.length > 1) {
      endLine();
      lines.push(...continuationLines(box, width));
    }
  }
  endLine();
  return lines;
}

function optionBox({ label, checked }: OptionView, typesetter: Typesetter, width: number): OptionBox {
  const indent = boxSize + boxGap;
  const lines = typesetter.wrap(label, checked ? chosenStyle : optionStyle, width - indent);
  return { checked, lines, width: lines.length > 1 ? width : indent + (lines[0]?.width ?? 0) };
}

function continuationLines(box: OptionBox, width: number): readonly ColumnLine[] {
  const indent = boxSize + boxGap;
  return textLines(box.lines.slice(1), lineHeight, width - indent).map((line) => ({
    height: line.height,
    draw: (document, left, baseline) => line.draw(document, left + indent, baseline),
  }));
}

function drawOptions(
  placed: readonly { readonly box: OptionBox; readonly offset: number }[],
  document: Document,
  left: number,
  baseline: number,
): void {
  for (const { box, offset } of placed) {
    drawBox(document, left + offset, baseline - boxSize + 0.8, box.checked);
    const [first] = box.lines;
    if (first) drawLine(document, first, left + offset + boxSize + boxGap, baseline);
  }
}

/** A cross, not a tick: it survives a fax. */
function drawBox(document: Document, x: number, y: number, checked: boolean): void {
  document.lineWidth(0.8).rect(x, y, boxSize, boxSize).stroke('black');
  if (!checked) return;
  const inset = 1.7;
  document.lineWidth(1.3);
  document.moveTo(x + inset, y + inset).lineTo(x + boxSize - inset, y + boxSize - inset);
  document
    .moveTo(x + boxSize - inset, y + inset)
    .lineTo(x + inset, y + boxSize - inset)
    .stroke('black');
}
