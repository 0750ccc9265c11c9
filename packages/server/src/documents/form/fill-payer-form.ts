import { PDFDocument } from '@cantoo/pdf-lib';
import type { FieldMapping } from '../../catalog/template.ts';
import { placeUnchanged } from '../packet/placement.ts';
import { readOwnPages } from '../pdf/assemble.ts';
import { formDefaultAppearance } from '../pdf/field-attributes.ts';
import { pageAsObject } from '../pdf/page-as-object.ts';
import { listPageLeaves } from '../pdf/page-leaves.ts';
import { drawWidgetTexts } from '../pdf/text-widgets.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { createTypesetter } from '../text/typesetter.ts';
import { findUnprintableText } from '../text/unprintable-text.ts';
import type { FormRequest } from '../types.ts';
import type { ReadAnswers } from './build-form-view.ts';
import { makeContinuationPages } from './continuation-page.ts';
import { type FieldValue, listFieldValues, questionText } from './field-values.ts';
import { type ContinuedValue, type FillResult, type FillTarget, fillField } from './fill-fields.ts';
import type { FormPages } from './form-pages.ts';

/**
 * Fills the payer's own form and makes its fields part of the page. Values a field cannot hold follow on
 * continuation pages and are reported. Throws Error for a form or a field map that is broken itself.
 */
export async function fillPayerForm(
  request: FormRequest,
  bytes: Uint8Array,
  answers: ReadAnswers,
  fonts: FontLibrary,
): Promise<FormPages> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false, password: '' });
  const filled = (request.template.definition.fieldMap ?? []).map((mapping) => ({
    mapping,
    values: valuesFor(mapping, request, answers),
  }));
  await fonts.prepare(filled.flatMap(({ values }) => values.map(({ printed }) => printed)));
  const result: FillResult = { texts: [], problems: [], continued: [] };
  const target: FillTarget = {
    form: document.getForm(),
    typesetter: createTypesetter(fonts),
    defaultAppearance: formDefaultAppearance(document),
    result,
  };
  for (const { mapping, values } of filled) fillField(target, mapping, values);
  await drawWidgetTexts(document, result.texts, fonts, request.generatedAt);
  const pages = listPageLeaves(document, Number.POSITIVE_INFINITY).map((leaf) =>
    pageAsObject(document, leaf),
  );
  return {
    pages: [
      ...pages.map((page) => ({ plan: placeUnchanged(page), stamp: { atEdge: true } })),
      ...(await continuationPages(request, answers, result.continued, fonts)),
    ],
    problems: [
      ...result.problems,
      ...(await findUnprintableText(request.caseId, printedTexts(result), fonts)),
    ],
  };
}

/** Not the values behind check boxes and options chosen, whose texts are the form's own print. */
function printedTexts({ texts, continued }: FillResult): readonly string[] {
  return [...texts, ...continued].map(({ text }) => text);
}

function valuesFor(mapping: FieldMapping, request: FormRequest, answers: ReadAnswers): readonly FieldValue[] {
  if ('constant' in mapping) return [{ comparable: mapping.constant, printed: mapping.constant }];
  return listFieldValues(mapping.from, request.case, answers);
}

async function continuationPages(
  request: FormRequest,
  answers: ReadAnswers,
  continued: readonly ContinuedValue[],
  fonts: FontLibrary,
): Promise<FormPages['pages']> {
  if (continued.length === 0) return [];
  const entries = continued.map(({ key, field, text }) => {
    const question = questionText(key, answers);
    return { label: question === undefined ? `Field ${field}` : `${question} (field ${field})`, text };
  });
  const { title } = request.template.definition;
  const pages = await readOwnPages(await makeContinuationPages(title, entries, request.generatedAt, fonts));
  return pages.map((page) => ({ plan: placeUnchanged(page), stamp: {} }));
}
