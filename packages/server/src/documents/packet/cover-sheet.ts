import { fullName } from '../form/case-cards.ts';
import { printDate, printInstant, printWord } from '../form/print-values.ts';
import { columnRows, textLines } from '../layout/columns.ts';
import { innerWidth, type PageFrame, type Row, space } from '../layout/rows.ts';
import { drawRule } from '../layout/rules.ts';
import { drawLine } from '../text/draw-text.ts';
import type { TextStyle, Typesetter } from '../text/typesetter.ts';
import type { PacketRequest } from '../types.ts';

/** The cover sheet as it will be read. */
export interface CoverView {
  readonly title: string;
  /** Printed large when set. */
  readonly urgency?: string;
  readonly parties: readonly (readonly [label: string, value: string])[];
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly notice: string;
}

// 45 CFR 164.530(c) asks for safeguards against misdirected disclosures; what to do with them is said in our words.
const confidentiality =
  'This transmission contains health information about an identified person that is protected by federal and state ' +
  'law. It is meant only for the addressee named above. If it reached you by mistake, you may not read, copy or pass ' +
  'it on: please tell the sender at the telephone number above at once and destroy every page.';

export function coverView(request: PacketRequest, pageCount: number): CoverView {
  const { case: data, submissionNumber } = request;
  const prescriber = data.providers.find(({ role }) => role === 'prescribing') ?? data.providers[0];
  const sender = fullName(data.requestedBy) ?? fullName(prescriber) ?? prescriber?.organizationName;
  const practice = prescriber?.organizationName ?? fullName(prescriber);
  const isExpedited = data.urgency !== 'standard';
  return {
    title: 'Prior authorization request',
    ...(isExpedited ? { urgency: printWord(data.urgency) } : {}),
    parties: present([
      ['To', request.payerName],
      ['Sent to', request.destination],
      ['From', sender],
      ['Practice', practice === sender ? undefined : practice],
      ['Telephone', data.requestedBy?.phone ?? prescriber?.phone],
      ['Fax for reply', prescriber?.fax],
    ]),
    facts: present([
      ['Case', request.caseId],
      [
        'Submission',
        submissionNumber > 1
          ? `${submissionNumber} (replaces what was sent before)`
          : String(submissionNumber),
      ],
      ['Patient', fullName(data.patient)],
      ['Date of birth', printDate(data.patient.dateOfBirth)],
      ['Member ID', data.coverage.memberId],
      ['Requested', requestedService(request)],
      ['Form', request.template.definition.title],
      ['Urgency', printWord(data.urgency)],
      ['Attachments', String(request.attachments.length)],
      ['Pages', `${pageCount}, this one included`],
      ['Prepared', printInstant(request.generatedAt)],
    ]),
    notice: confidentiality,
  };
}

function requestedService({ case: { service } }: PacketRequest): string {
  const code = `${service.code} (${printWord(service.codeSystem)})`;
  return service.drugName === undefined ? code : `${service.drugName}, ${code}`;
}

function present(
  entries: readonly (readonly [string, string | undefined])[],
): readonly (readonly [string, string])[] {
  return entries.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [[label, value] as const],
  );
}

const titleStyle: TextStyle = { size: 20, weight: 700 };
const urgencyStyle: TextStyle = { size: 22, weight: 700 };
const labelStyle: TextStyle = { size: 10, weight: 400 };
const valueStyle: TextStyle = { size: 11.5, weight: 700 };
const noticeTitleStyle: TextStyle = { size: 10, weight: 700 };
const noticeStyle: TextStyle = { size: 9.5, weight: 400 };
const labelWidth = 110;

export function coverRows(view: CoverView, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  const width = innerWidth(frame);
  const title = textLines(typesetter.wrap(view.title, titleStyle, width), 27, width);
  return [
    ...columnRows([{ left: frame.left, lines: title }]),
    { height: 14, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 3, 1.5) },
    ...(view.urgency === undefined ? [] : urgencyRows(view.urgency, typesetter, frame)),
    ...entryRows(view.parties, typesetter, frame),
    { height: 18, draw: (document, top) => drawRule(document, frame.left, frame.right, top + 6, 0.7) },
    ...entryRows(view.facts, typesetter, frame),
    space(26),
    ...noticeRows(view.notice, typesetter, frame),
  ];
}

/** White on black across the sheet. */
function urgencyRows(urgency: string, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  const line = typesetter.fit(`${urgency.toUpperCase()} REQUEST`, urgencyStyle, innerWidth(frame) - 20);
  return [
    {
      height: 54,
      draw: (document, top) => {
        document.rect(frame.left, top, innerWidth(frame), 40).fill('black');
        document.fillColor('white');
        drawLine(document, line, frame.left + (innerWidth(frame) - line.width) / 2, top + 28);
        document.fillColor('black');
      },
    },
  ];
}

function entryRows(
  entries: readonly (readonly [string, string])[],
  typesetter: Typesetter,
  frame: PageFrame,
): readonly Row[] {
  const width = innerWidth(frame) - labelWidth;
  return entries.flatMap(([label, value]) => [
    ...columnRows([
      {
        left: frame.left,
        lines: textLines([typesetter.fit(label, labelStyle, labelWidth - 10)], 17, labelWidth),
      },
      {
        left: frame.left + labelWidth,
        lines: textLines(typesetter.wrap(value, valueStyle, width), 17, width),
      },
    ]),
    space(3),
  ]);
}

function noticeRows(notice: string, typesetter: Typesetter, frame: PageFrame): readonly Row[] {
  const width = innerWidth(frame) - 24;
  const left = frame.left + 12;
  const title = textLines([typesetter.fit('Confidential', noticeTitleStyle, width)], 15, width);
  const text = textLines(typesetter.wrap(notice, noticeStyle, width), 13.5, width);
  const rows = columnRows([{ left, lines: [...title, ...text] }]).map((row) => ({
    ...row,
    keepWithNext: true,
  }));
  const height = rows.reduce((sum, row) => sum + row.height, 0) + 18;
  const box: Row = {
    height: 9,
    keepWithNext: true,
    draw: (document, top) => {
      document.lineWidth(0.8).rect(frame.left, top, innerWidth(frame), height).stroke('black');
    },
  };
  return [box, ...rows, space(9)];
}
