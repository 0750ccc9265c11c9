import { PDFDocument } from '@cantoo/pdf-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FieldMapping } from '../../catalog/template.ts';
import type { ResponseItem } from '../../questionnaire/types.ts';
import { makePayerForm } from '../test-support/make-pdfs.ts';
import { makeFormRequest, sampleCase } from '../test-support/make-requests.ts';
import { inkShare, pageTexts } from '../test-support/read-pdf.ts';
import { type FontLibrary, openFontLibrary } from '../text/font-library.ts';
import { renderForm } from './render-form.ts';

const items = [
  { linkId: 'reason', text: 'Why is it needed?', type: 'text' },
  { linkId: 'home', text: 'At home?', type: 'boolean' },
  {
    linkId: 'kind',
    text: 'Kind of request',
    type: 'choice',
    answerOption: [
      { valueCoding: { code: 'new', display: 'New' } },
      { valueCoding: { code: 'more', display: 'More' } },
    ],
  },
  {
    linkId: 'site',
    text: 'Site of care',
    type: 'choice',
    answerOption: [
      { valueCoding: { code: 'infusion', display: 'Infusion center' } },
      { valueCoding: { code: 'moon', display: 'On the moon' } },
    ],
  },
];
const fieldMap: readonly FieldMapping[] = [
  { field: 'patient', kind: 'text', from: 'context.patient.lastName' },
  { field: 'member', kind: 'text', from: 'context.coverage.memberId' },
  { field: 'npi', kind: 'text', from: 'context.providers[role=prescribing].identifiers[npi]' },
  { field: 'birth', kind: 'text', from: 'context.patient.dateOfBirth', format: 'date_us' },
  { field: 'reason', kind: 'text', from: 'questionnaire.reason' },
  { field: 'plan', kind: 'text', from: 'context.coverage.planType', format: 'upper' },
  { field: 'urgent', kind: 'checkbox', from: 'context.urgency', equals: 'expedited' },
  { field: 'home', kind: 'checkbox', from: 'questionnaire.home' },
  { field: 'kind', kind: 'radio', from: 'questionnaire.kind', options: { new: 'Initial', more: 'Renewal' } },
  { field: 'site', kind: 'dropdown', from: 'questionnaire.site' },
];
const shortMember = { ...sampleCase, coverage: { ...sampleCase.coverage, memberId: 'W1234567' } };

let fonts: FontLibrary;
let form: Uint8Array;

beforeAll(async () => {
  fonts = await openFontLibrary();
  form = await makePayerForm();
});

async function fill(answers: readonly ResponseItem[], data = shortMember, map = fieldMap) {
  const request = makeFormRequest({ items, answers, form, definition: { fieldMap: map } }, { case: data });
  const rendered = await renderForm(request, fonts);
  return { ...rendered, texts: pageTexts(rendered.bytes) };
}

const answer = (linkId: string, value: object): ResponseItem => ({ linkId, answer: [value] });

// The insides of the fixture's boxes.
const box = {
  urgent: [182, 342, 8, 8],
  home: [302, 342, 8, 8],
  initial: [183, 373, 6, 6],
  renewal: [303, 373, 6, 6],
} as const;

const isMarked = (bytes: Uint8Array, name: keyof typeof box) => inkShare(bytes, 1, box[name]) > 0.1;

describe('the payer’s own form', () => {
  it('is filled with texts in their formats and keeps its own print', async () => {
    const { texts, problems, pageCount } = await fill([
      answer('reason', { valueString: 'Crises continue.' }),
    ]);
    expect(problems).toEqual([]);
    expect(pageCount).toBe(1);
    for (const value of [
      'PAYER FORM',
      'Doe',
      'W1234567',
      '05/09/1988',
      'Crises continue.',
      'COMMERCIAL',
      'Case auth_test01',
      'Page 1 of 1',
    ]) {
      expect(texts[0]).toContain(value);
    }
    expect(texts[0]?.replace(/ /g, '')).toContain('1234567893');
  });

  it('checks boxes by value and by presence', async () => {
    const plain = await fill([answer('home', { valueBoolean: false })]);
    expect(isMarked(plain.bytes, 'urgent')).toBe(false);
    expect(isMarked(plain.bytes, 'home')).toBe(false);
    const checked = await fill([answer('home', { valueBoolean: true })], {
      ...shortMember,
      urgency: 'expedited',
    });
    expect(isMarked(checked.bytes, 'urgent')).toBe(true);
    expect(isMarked(checked.bytes, 'home')).toBe(true);
  });

  it('selects one radio button by the map of options', async () => {
    const { bytes } = await fill([answer('kind', { valueCoding: { code: 'more' } })]);
    expect(isMarked(bytes, 'renewal')).toBe(true);
    expect(isMarked(bytes, 'initial')).toBe(false);
  });

  it('shows the chosen option of a dropdown', async () => {
    expect((await fill([answer('site', { valueCoding: { code: 'infusion' } })])).texts[0]).toContain(
      'Infusion center',
    );
  });

  it('has no fields left to edit', async () => {
    const { bytes } = await fill([]);
    expect((await PDFDocument.load(bytes)).getForm().getFields()).toEqual([]);
  });

  it('reports and continues a value longer than its field', async () => {
    const { texts, problems } = await fill([], sampleCase);
    expect(problems).toMatchObject([{ subject: 'context.coverage.memberId', code: 'value_too_long' }]);
    expect(texts[0]).not.toContain('W1234567');
    expect(texts[1]).toContain('Continuation');
    expect(texts[1]).toContain('W123456789');
    expect(texts[1]).toContain('Page 2 of 2');
  });

  it('reports and continues a text that would be too small to read in its box', async () => {
    const reason = Array.from({ length: 300 }, (_, index) => `reason${index}`);
    const { texts, problems } = await fill([answer('reason', { valueString: reason.join(' ') })]);
    expect(problems).toMatchObject([{ subject: 'questionnaire.reason', code: 'value_too_long' }]);
    expect(texts[0]).toContain('See continuation');
    expect(texts.slice(1).join(' ')).toContain('Why is it needed?');
    expect(
      texts
        .slice(1)
        .join(' ')
        .match(/reason\d+/g),
    ).toEqual(reason);
  });

  it('reports and continues a value its dropdown or radio group does not offer', async () => {
    const map = fieldMap.map((entry) =>
      entry.field === 'kind' ? { ...entry, options: {} } : entry,
    ) as FieldMapping[];
    const answers = [
      answer('site', { valueCoding: { code: 'moon' } }),
      answer('kind', { valueCoding: { code: 'new' } }),
    ];
    const { texts, problems } = await fill(answers, shortMember, map);
    expect(problems.map(({ subject, code }) => [subject, code])).toEqual([
      ['questionnaire.kind', 'value_not_an_option'],
      ['questionnaire.site', 'value_not_an_option'],
    ]);
    expect(texts[1]).toContain('On the moon');
  });

  it('writes names its own fonts do not have', async () => {
    const patient = { ...sampleCase.patient, lastName: 'Żółć 王小明 Иванова' };
    const { texts, problems } = await fill([], { ...shortMember, patient });
    expect(problems).toEqual([]);
    expect(texts[0]).toContain('Żółć 王小明 Иванова');
  });

  it('reports letters no font has, in a field and on a continuation page', async () => {
    const unprintable = [{ subject: 'auth_test01', code: 'unprintable_text' }];
    const patient = { ...sampleCase.patient, lastName: 'ꦱꦸꦏꦂꦤ' };
    expect((await fill([], { ...shortMember, patient })).problems).toMatchObject(unprintable);
    const reason = Array.from({ length: 300 }, () => 'ꦱꦸꦏꦂꦤ').join(' ');
    const { problems } = await fill([answer('reason', { valueString: reason })]);
    expect(problems).toMatchObject([{ code: 'value_too_long' }, ...unprintable]);
  });

  it('prints a partial date in a field of US dates as it was given', async () => {
    const map: FieldMapping[] = [
      { field: 'birth', kind: 'text', from: 'context.patient.dateOfBirth', format: 'date_us' },
      { field: 'reason', kind: 'text', from: 'questionnaire.since', format: 'date_us' },
    ];
    const since = { linkId: 'since', text: 'Since when?', type: 'date' };
    const data = { ...sampleCase, patient: { ...sampleCase.patient, dateOfBirth: '2021' } };
    const answers = [answer('since', { valueDate: '2031-07' })];
    const parts = { items: [since], answers, form, definition: { fieldMap: map } };
    const [text] = pageTexts((await renderForm(makeFormRequest(parts, { case: data }), fonts)).bytes);
    expect(text).toContain('2021');
    expect(text).toContain('2031-07');
  });

  it('refuses a field map that names an unknown question', async () => {
    const map: FieldMapping[] = [{ field: 'patient', kind: 'text', from: 'questionnaire.nobody' }];
    await expect(fill([], shortMember, map)).rejects.toThrow('unknown question: questionnaire.nobody');
  });
});
