import { columnRows, textLines } from '../layout/columns.ts';
import { flowRows, innerWidth, letterFrame, type Row, space } from '../layout/rows.ts';
import { drawRule } from '../layout/rules.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { listTexts } from '../text/list-texts.ts';
import { createDocument, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter, type TextStyle } from '../text/typesetter.ts';

export interface ContinuedEntry {
  readonly label: string;
  readonly text: string;
}

const titleStyle: TextStyle = { size: 16, weight: 700 };
const labelStyle: TextStyle = { size: 9.5, weight: 400 };
const textStyle: TextStyle = { size: 10, weight: 700 };

/** Values in full that the fields of the payer's form could not hold. */
export async function makeContinuationPages(
  formTitle: string,
  entries: readonly ContinuedEntry[],
  createdAt: string,
  fonts: FontLibrary,
): Promise<Uint8Array> {
  await fonts.prepare([formTitle, ...listTexts(entries)]);
  const typesetter = createTypesetter(fonts);
  const frame = letterFrame;
  const width = innerWidth(frame);
  const intro = `Answers that did not fit their fields in \u201c${formTitle}\u201d, in full.`;
  const rows: Row[] = [
    ...columnRows([
      { left: frame.left, lines: textLines(typesetter.wrap('Continuation', titleStyle, width), 24, width) },
    ]),
    ...columnRows([
      { left: frame.left, lines: textLines(typesetter.wrap(intro, labelStyle, width), 13.5, width) },
    ]),
    { height: 14, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 5, 1.2) },
    ...entries.flatMap(({ label, text }): readonly Row[] => [
      ...columnRows([
        { left: frame.left, lines: textLines(typesetter.wrap(label, labelStyle, width), 13.5, width) },
      ]).map((row) => ({ ...row, keepWithNext: true })),
      ...columnRows([
        {
          left: frame.left + 10,
          lines: textLines(typesetter.wrap(text, textStyle, width - 10), 14, width - 10),
        },
      ]),
      { height: 10, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 4, 0.3) },
    ]),
    space(1),
  ];
  const document = createDocument({ title: 'Continuation', createdAt });
  flowRows(document, rows, frame);
  return finishDocument(document);
}
