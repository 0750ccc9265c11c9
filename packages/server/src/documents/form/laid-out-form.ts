import { formRows } from '../layout/form-rows.ts';
import { flowRows, letterFrame } from '../layout/rows.ts';
import type { FontLibrary } from '../text/font-library.ts';
import { listTexts } from '../text/list-texts.ts';
import { createDocument, finishDocument } from '../text/pdf-document.ts';
import { createTypesetter } from '../text/typesetter.ts';
import { findUnprintableText } from '../text/unprintable-text.ts';
import type { DocumentProblem, FormRequest } from '../types.ts';
import { buildFormView, type ReadAnswers } from './build-form-view.ts';

export interface LaidOutForm {
  readonly bytes: Uint8Array;
  readonly problems: readonly DocumentProblem[];
}

/** Lays out a form of our own, without what is stamped on every page. */
export async function layOutForm(
  request: FormRequest,
  answers: ReadAnswers,
  fonts: FontLibrary,
): Promise<LaidOutForm> {
  const view = buildFormView(request, answers);
  const problems = await findUnprintableText(request.caseId, [...listTexts(view)], fonts);
  const document = createDocument({ title: view.title, createdAt: request.generatedAt });
  flowRows(document, formRows(view, createTypesetter(fonts), letterFrame), letterFrame);
  return { bytes: await finishDocument(document), problems };
}
