import { columnRows, textLines } from '../layout/columns.ts';
import { flowRows, innerWidth, letterFrame, type Row, space } from '../layout/rows.ts';
import { drawRule } from '../layout/rules.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { listTexts } from '../text/list-texts.ts';
import { createDocument, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter, type TextStyle } from '../text/typesetter.ts';
import type { PacketAttachment } from '../types.ts';
import type { UnusableFileError } from '../unusable-file.ts';

const titleStyle: TextStyle = { size: 18, weight: 700 };
const labelStyle: TextStyle = { size: 10, weight: 400 };
const valueStyle: TextStyle = { size: 11, weight: 700 };

/** The page that stands in the packet for an attachment that could not be read. */
export async function makeReplacementPage(
  attachment: PacketAttachment,
  error: UnusableFileError,
  createdAt: string,
  fonts: FontLibrary,
): Promise<Uint8Array> {
  const entries = [
    ['Attachment', attachment.label],
    ['File', attachment.fileName],
    ['Reason', error.message],
    ['What to do', 'Ask the sender for this document; it is not part of this transmission.'],
  ] as const;
  await fonts.prepare(listTexts(entries));
  const typesetter = createTypesetter(fonts);
  const frame = letterFrame;
  const width = innerWidth(frame);
  const title = textLines(typesetter.wrap('Attachment could not be included', titleStyle, width), 25, width);
  const rows: Row[] = [
    space(1),
    ...columnRows([{ left: frame.left, lines: title }]),
    { height: 16, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 4, 1.2) },
    ...entries.flatMap(([label, value]) => [
      ...columnRows([
        { left: frame.left, lines: textLines([typesetter.fit(label, labelStyle, 90)], 16, 90) },
        {
          left: frame.left + 100,
          lines: textLines(typesetter.wrap(value, valueStyle, width - 100), 16, width - 100),
        },
      ]),
      space(5),
    ]),
  ];
  const document = createDocument({ title: 'Attachment could not be included', createdAt });
  flowRows(document, rows, frame);
  return finishDocument(document);
}
