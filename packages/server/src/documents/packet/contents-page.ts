import { columnRows, textLines } from '../layout/columns.ts';
import { innerWidth, type PageFrame, type Row, space } from '../layout/rows.ts';
import { drawRule } from '../layout/rules.ts';
import type { TextStyle, Typesetter } from '../text/typesetter.ts';

/** One part of the packet; pages are counted in the packet, from 1. */
export interface ContentsEntry {
  readonly label: string;
  readonly fileName?: string;
  readonly startPage: number;
  readonly pageCount: number;
  /** Set when a replacement page stands for it. */
  readonly fault?: string;
}

const titleStyle: TextStyle = { size: 16, weight: 700 };
const headStyle: TextStyle = { size: 8.5, weight: 400 };
const labelStyle: TextStyle = { size: 10.5, weight: 700 };
const fileStyle: TextStyle = { size: 9, weight: 400 };
const numberStyle: TextStyle = { size: 10.5, weight: 400 };
const numberWidth = 55;

export function contentsRows(
  entries: readonly ContentsEntry[],
  typesetter: Typesetter,
  frame: PageFrame,
): readonly Row[] {
  const width = innerWidth(frame);
  const textWidth = width - 2 * numberWidth - 12;
  const cell = (text: string, style: TextStyle, column: number) => ({
    left: frame.right - numberWidth * (2 - column) + 12,
    lines: textLines([typesetter.fit(text, style, numberWidth - 12)], 16, numberWidth),
  });
  const head = columnRows([
    { left: frame.left, lines: textLines([typesetter.fit('Part', headStyle)], 16, textWidth) },
    cell('Page', headStyle, 0),
    cell('Pages', headStyle, 1),
  ]);
  return [
    ...columnRows([
      { left: frame.left, lines: textLines([typesetter.fit('Contents', titleStyle)], 24, width) },
    ]),
    space(6),
    ...head,
    { height: 6, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 1, 0.9) },
    ...entries.flatMap((entry): readonly Row[] => {
      const label = textLines(typesetter.wrap(entry.label, labelStyle, textWidth), 16, textWidth);
      const detail = [entry.fileName, entry.fault].filter((text) => text !== undefined).join(' \u00b7 ');
      const file =
        detail === '' ? [] : textLines(typesetter.wrap(detail, fileStyle, textWidth), 13, textWidth);
      const rows = columnRows([
        { left: frame.left, lines: [...label, ...file] },
        cell(String(entry.startPage), numberStyle, 0),
        cell(String(entry.pageCount), numberStyle, 1),
      ]);
      return [
        ...rows.map((row) => ({ ...row, keepWithNext: true })),
        { height: 8, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 3, 0.3) },
      ];
    }),
  ];
}
