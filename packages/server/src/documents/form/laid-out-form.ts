import { formRows } from '../layout/form-rows.ts';
import { flowRows, letterFrame } from '../layout/rows.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { listTexts } from '../text/list-texts.ts';
import { createDocument, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter } from '../text/typesetter.ts';
import type { FormRequest } from '../types.ts';
import { buildFormView, type ReadAnswers } from './build-form-view.ts';

/** Lays out a form of our own, without what is stamped on every page. */
export async function layOutForm(
  request: FormRequest,
  answers: ReadAnswers,
  fonts: FontLibrary,
): Promise<Uint8Array> {
  const view = buildFormView(request, answers);
  await fonts.prepare(listTexts(view));
  const document = createDocument({ title: view.title, createdAt: request.generatedAt });
  flowRows(document, formRows(view, createTypesetter(fonts), letterFrame), letterFrame);
  return finishDocument(document);
}
