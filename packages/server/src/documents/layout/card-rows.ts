import type { Card } from '../form/form-view.ts';
import type { TextStyle, Typesetter } from '../text/typesetter.ts';
import { type ColumnLine, columnRows, textLines } from './columns.ts';
import { innerWidth, type PageFrame, type Row } from './rows.ts';

const titleStyle: TextStyle = { size: 9.5, weight: 700 };
const labelStyle: TextStyle = { size: 8.5, weight: 400 };
const valueStyle: TextStyle = { size: 9.5, weight: 700 };
const lineHeight = 12.8;
const gutter = 20;
const labelWidth = 78;

/** Two blocks of the case side by side, each a ruled title over labels and values. */
export function cardRows(
  left: Card,
  right: Card | undefined,
  typesetter: Typesetter,
  frame: PageFrame,
): readonly Row[] {
  const width = (innerWidth(frame) - gutter) / 2;
  const cards = [
    { card: left, x: frame.left },
    ...(right === undefined ? [] : [{ card: right, x: frame.left + width + gutter }]),
  ];
  const titles = columnRows(
    cards.map(({ card, x }) => ({
      left: x,
      lines: textLines([typesetter.fit(card.title, titleStyle, width)], 14, width),
    })),
  );
  const rule: Row = {
    height: 4,
    keepWithNext: true,
    draw: (document, top) => {
      for (const { x } of cards)
        document
          .lineWidth(0.7)
          .moveTo(x, top + 0.5)
          .lineTo(x + width, top + 0.5)
          .stroke('black');
    },
  };
  const entries = columnRows(
    cards.map(({ card, x }) => ({ left: x, lines: entryLines(card, typesetter, width) })),
  );
  return [...titles.map((row) => ({ ...row, keepWithNext: true })), rule, ...entries];
}

function entryLines(card: Card, typesetter: Typesetter, width: number): readonly ColumnLine[] {
  const valueWidth = width - labelWidth;
  return card.entries.flatMap(({ label, value }) => {
    const values = textLines(typesetter.wrap(value, valueStyle, valueWidth), lineHeight, valueWidth);
    const labels = textLines(typesetter.wrap(label, labelStyle, labelWidth - 8), lineHeight, labelWidth - 8);
    return Array.from(
      { length: Math.max(values.length, labels.length) },
      (_, index): ColumnLine => ({
        height: lineHeight,
        draw: (document, x, baseline) => {
          labels[index]?.draw(document, x, baseline);
          values[index]?.draw(document, x + labelWidth, baseline);
        },
      }),
    );
  });
}
