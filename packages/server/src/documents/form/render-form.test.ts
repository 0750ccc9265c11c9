import { beforeAll, describe, expect, it } from 'vitest';
import { makeFormRequest, sampleCase } from '../test-support/make-requests.ts';
import { pageTexts } from '../test-support/read-pdf.ts';
import { type FontLibrary, openFontLibrary } from '../text/font-library.ts';
import { renderForm } from './render-form.ts';

let fonts: FontLibrary;

beforeAll(async () => {
  fonts = await openFontLibrary();
});

const manyQuestions = Array.from({ length: 60 }, (_, index) => ({
  linkId: `q${index}`,
  text: `Question number ${index}?`,
  type: 'string',
}));

describe('a form of our own', () => {
  it('prints the case, every question and every answer', async () => {
    const answers = manyQuestions.map(({ linkId }) => ({
      linkId,
      answer: [{ valueString: `answer to ${linkId}` }],
    }));
    const { bytes, pageCount } = await renderForm(makeFormRequest({ items: manyQuestions, answers }), fonts);
    const texts = pageTexts(bytes);
    const whole = texts.join(' ');
    for (const { linkId, text } of manyQuestions) {
      expect(whole).toContain(text);
      expect(whole).toContain(`answer to ${linkId}`);
    }
    for (const value of [
      'Jane Doe',
      'May 9, 1988',
      'W123456789',
      '1234567893',
      'D57.00 (ICD-10)',
      'J0791 (HCPCS)',
      'Adakveo',
    ]) {
      expect(texts[0]).toContain(value);
    }
    expect(pageCount).toBe(texts.length);
    expect(pageCount).toBeGreaterThan(1);
  });

  it('numbers every page and names the case on it', async () => {
    const { bytes } = await renderForm(makeFormRequest({ items: manyQuestions }), fonts);
    pageTexts(bytes).forEach((text, index, all) => {
      expect(text).toContain(`Page ${index + 1} of ${all.length}`);
      expect(text).toContain('Case auth_test01');
    });
  });

  it('marks drafts and sandbox documents on every page, and nothing else', async () => {
    const request = makeFormRequest({ items: manyQuestions });
    const marked = await renderForm({ ...request, draft: true, sandbox: true }, fonts);
    for (const text of pageTexts(marked.bytes)) {
      expect(text).toContain('DRAFT, NOT SUBMITTED');
      // Once in the header and once across the page.
      expect(text.match(/DRAFT/g)).toHaveLength(2);
      expect(text).toContain('SANDBOX');
    }
    expect(pageTexts((await renderForm(request, fonts)).bytes).join()).not.toMatch(/DRAFT|SANDBOX/);
  });

  it('carries a text of thousands of words over pages without losing one', async () => {
    const words = Array.from({ length: 4000 }, (_, index) => `word${index}`);
    const items = [{ linkId: 'a', text: 'Narrative', type: 'text' }];
    const answers = [{ linkId: 'a', answer: [{ valueString: words.join(' ') }] }];
    const { bytes, pageCount } = await renderForm(makeFormRequest({ items, answers }), fonts);
    const printed = pageTexts(bytes)
      .join(' ')
      .match(/word\d+/g);
    expect(pageCount).toBeGreaterThan(3);
    expect(printed).toEqual(words);
  });

  it('never leaves a heading alone at the foot of a page', async () => {
    const items = Array.from({ length: 45 }, (_, index) => ({
      linkId: `g${index}`,
      text: `Heading ${index}`,
      type: 'group',
      item: [{ linkId: `q${index}`, text: `Below ${index}.`, type: 'string' }],
    }));
    const { bytes } = await renderForm(makeFormRequest({ items }), fonts);
    for (const text of pageTexts(bytes)) {
      expect(text.match(/Heading \d+/g)?.length).toBe(text.match(/Below \d+\./g)?.length);
    }
  });

  it('says on a sample form that it is not the payer’s', async () => {
    const { bytes } = await renderForm(makeFormRequest({ definition: { sample: true } }), fonts);
    expect(pageTexts(bytes)[0]).toContain('This is not a form of Acme Health.');
  });

  it('shows an expedited request as such at the top', async () => {
    const request = makeFormRequest({}, { case: { ...sampleCase, urgency: 'expedited' } });
    expect(pageTexts((await renderForm(request, fonts)).bytes)[0]).toContain('EXPEDITED');
  });

  it('prints names in scripts that copy out as they were typed', async () => {
    const names = [
      'Żółć Nguyễn Ngọc',
      'Иванова',
      'Παπαδοπούλου',
      'כהן',
      'محمد',
      'สมชาย',
      '王小明',
      'さくら',
      '김철수',
    ];
    const items = names.map((_, index) => ({ linkId: `n${index}`, text: `Name ${index}`, type: 'string' }));
    const answers = names.map((valueString, index) => ({ linkId: `n${index}`, answer: [{ valueString }] }));
    const text = pageTexts((await renderForm(makeFormRequest({ items, answers }), fonts)).bytes).join(' ');
    for (const name of names) expect(text).toContain(name);
  });

  it('reports once that a text has letters no font has, without repeating them', async () => {
    const items = ['a', 'b'].map((linkId) => ({ linkId, text: `Name ${linkId}`, type: 'string' }));
    const answers = items.map(({ linkId }) => ({ linkId, answer: [{ valueString: 'ꦱꦸꦏꦂꦤ Aung' }] }));
    const { problems } = await renderForm(makeFormRequest({ items, answers }), fonts);
    expect(problems).toEqual([
      { subject: 'auth_test01', code: 'unprintable_text', message: expect.not.stringMatching(/ꦱꦸꦏꦂꦤ|Aung/) },
    ]);
  });

  it('reports nothing of a text every letter of which is printed', async () => {
    const answers = [{ linkId: 'only', answer: [{ valueString: 'ស្រីមុំ\tأحمد\u200b ✓\n王小明' }] }];
    expect((await renderForm(makeFormRequest({ answers }), fonts)).problems).toEqual([]);
  });

  it('gives the same bytes for the same request, also from another worker', async () => {
    const request = makeFormRequest({ items: manyQuestions }, { draft: true });
    const first = await renderForm(request, fonts);
    await renderForm(makeFormRequest({ definition: { title: 'Другая форма' } }), fonts);
    const again = await renderForm(request, fonts);
    const elsewhere = await renderForm(request, await openFontLibrary());
    expect(again.sha256).toBe(first.sha256);
    expect(elsewhere.sha256).toBe(first.sha256);
  });
});
