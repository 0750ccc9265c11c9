import type { AnswerView, Card, FormBlock, FormView } from '../form/form-view.ts';
import { drawLine } from '../text/draw-text.ts';
import type { TextStyle, Typesetter } from '../text/typesetter.ts';
import { answerLines } from './answer-lines.ts';
import { cardRows } from './card-rows.ts';
import { columnRows, textLines } from './columns.ts';
import { innerWidth, type PageFrame, type Row, space } from './rows.ts';
import { drawRule } from './rules.ts';

// Black on white and rules instead of shades: most of these pages go through a fax machine.
const titleStyle: TextStyle = { size: 17, weight: 700 };
const payerStyle: TextStyle = { size: 10, weight: 700 };
const smallStyle: TextStyle = { size: 8, weight: 400 };
const noticeStyle: TextStyle = { size: 9, weight: 700 };
const sectionStyle: TextStyle = { size: 11, weight: 700 };
const instanceStyle: TextStyle = { size: 9.5, weight: 700 };
const labelStyle: TextStyle = { size: 9.5, weight: 400 };
const labelHeight = 13.5;
const indentPerDepth = 12;
/** Deeper nesting is not indented further, or the columns would have no width left. */
const deepestIndent = 5;
/** Past so many characters, question and answer stand below each other instead of side by side. */
const longQuestion = 220;
const longAnswer = 300;

export function formRows(view: FormView, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  return [
    ...titleRows(view, typesetter, frame),
    ...pairCards(view.cards).flatMap(([left, right]) => [
      ...cardRows(left, right, typesetter, frame),
      space(9),
    ]),
    space(4),
    ...view.blocks.flatMap((block) => blockRows(block, typesetter, frame)),
  ];
}

function titleRows(view: FormView, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  const width = innerWidth(frame);
  const badge =
    view.urgency === undefined ? undefined : typesetter.fit(view.urgency.toUpperCase(), payerStyle, 150);
  const titleWidth = badge === undefined ? width : width - badge.width - 34;
  const title = columnRows([
    {
      left: frame.left,
      lines: textLines(typesetter.wrap(view.title, titleStyle, titleWidth), 23, titleWidth),
    },
  ]);
  const payer = typesetter.fit(view.payerName, payerStyle, titleWidth);
  const origin = [`Case ${view.caseId}`, ...view.origin].join('   \u00b7   ');
  return [
    {
      height: 16,
      keepWithNext: true,
      draw: (document, top) => {
        drawLine(document, payer, frame.left, top + 10);
        if (badge === undefined) return;
        document.rect(frame.right - badge.width - 20, top - 1, badge.width + 20, 21).fill('black');
        document.fillColor('white');
        drawLine(document, badge, frame.right - badge.width - 10, top + 13);
        document.fillColor('black');
      },
    },
    ...title,
    ...columnRows([
      { left: frame.left, lines: textLines(typesetter.wrap(origin, smallStyle, width), 12, width) },
    ]),
    ...(view.notice === undefined ? [] : noticeRows(view.notice, typesetter, frame)),
    { height: 10, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 5, 1.2) },
  ];
}

function noticeRows(notice: string, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  const line = typesetter.fit(notice, noticeStyle, innerWidth(frame) - 16);
  return [
    space(4),
    {
      height: 20,
      draw: (document, top) => {
        document.lineWidth(0.8).rect(frame.left, top, innerWidth(frame), 18).stroke('black');
        drawLine(document, line, frame.left + 8, top + 12.2);
      },
    },
  ];
}

function pairCards(cards: readonly Card[]): readonly (readonly [Card, Card | undefined])[] {
  const pairs: [Card, Card | undefined][] = [];
  for (let index = 0; index < cards.length; index += 2) {
    const left = cards[index];
    if (left !== undefined) pairs.push([left, cards[index + 1]]);
  }
  return pairs;
}

function blockRows(block: FormBlock, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  const left =
    frame.left +
    Math.min(block.depth, deepestIndent) * indentPerDepth -
    (block.depth > 0 ? indentPerDepth : 0);
  const width = frame.right - left;
  switch (block.kind) {
    case 'section':
      return headingRows(
        block.text,
        block.depth === 0 ? sectionStyle : instanceStyle,
        block.depth === 0,
        left,
        typesetter,
        frame,
      );
    case 'instance':
      return headingRows(block.text, instanceStyle, false, left, typesetter, frame);
    case 'note': {
      const lines = textLines(typesetter.wrap(block.text, smallStyle, width), 11.5, width);
      return [{ height: 4, keepWithNext: true }, ...columnRows([{ left, lines }]), space(5)];
    }
    case 'question':
      return questionRows(block, left, typesetter, frame);
  }
}

function headingRows(
  text: string,
  style: TextStyle,
  ruled: boolean,
  left: number,
  typesetter: Typesetter,
  frame: PageFrame,
): readonly Row[] {
  const width = frame.right - left;
  const lines = textLines(typesetter.wrap(text, style, width), style.size * 1.35, width);
  const rows = columnRows([{ left, lines }]).map((row) => ({ ...row, keepWithNext: true }));
  const rule: Row = {
    height: ruled ? 5 : 1,
    keepWithNext: true,
    draw: (document, top) => {
      if (ruled) drawRule(document, left, frame.right, top + 1.5, 0.9);
    },
  };
  return [{ height: ruled ? 10 : 6, keepWithNext: true }, ...rows, rule];
}

function questionRows(
  block: Extract<FormBlock, { kind: 'question' }>,
  left: number,
  typesetter: Typesetter,
  frame: PageFrame,
): readonly Row[] {
  const isStacked = block.text.length > longQuestion || answerLength(block.answer) > longAnswer;
  const answerLeft = isStacked ? left + 10 : frame.left + innerWidth(frame) * 0.46;
  const labelWidth = isStacked ? frame.right - left : answerLeft - left - 12;
  const label = textLines(typesetter.wrap(block.text, labelStyle, labelWidth), labelHeight, labelWidth);
  const answer = answerLines(block.answer, typesetter, frame.right - answerLeft);
  const rows = isStacked
    ? [
        ...columnRows([{ left, lines: label }]).map((row) => ({ ...row, keepWithNext: true })),
        ...columnRows([{ left: answerLeft, lines: answer }]),
      ]
    : columnRows([
        { left, lines: label },
        { left: answerLeft, lines: answer },
      ]);
  const last = rows.length - 1;
  return [
    { height: 2.5, keepWithNext: true },
    ...rows.map((row, index) => (index === last ? { ...row, keepWithNext: true } : row)),
    { height: 3.5, draw: (document, top) => drawRule(document, left, frame.right, top + 2.5, 0.3) },
  ];
}

function answerLength(answer: AnswerView): number {
  return answer.kind === 'lines' ? Math.max(...answer.lines.map((line) => line.length)) : 0;
}
