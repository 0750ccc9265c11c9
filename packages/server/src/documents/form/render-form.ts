import { placeUnchanged } from '../packet/placement.ts';
import { makeOverlay } from '../packet/stamps.ts';
import { assemblePdf, readOwnPages } from '../pdf/assemble.ts';
import type { FontLibrary } from '../text/font-library.ts';
import type { FormRequest, RenderedDocument } from '../types.ts';
import { readAnswers } from './build-form-view.ts';
import { fillPayerForm } from './fill-payer-form.ts';
import type { FormPages } from './form-pages.ts';
import { layOutForm } from './laid-out-form.ts';

/** The payer's own form filled in when the template brings one, else a form of ours. */
export async function makeFormPages(request: FormRequest, fonts: FontLibrary): Promise<FormPages> {
  const answers = readAnswers(request);
  const { form } = request.template;
  if (form !== undefined) return fillPayerForm(request, form, answers, fonts);
  const { bytes, problems } = await layOutForm(request, answers, fonts);
  const pages = await readOwnPages(bytes);
  return { pages: pages.map((page) => ({ plan: placeUnchanged(page), stamp: {} })), problems };
}

export async function renderForm(request: FormRequest, fonts: FontLibrary): Promise<RenderedDocument> {
  return finishForm(request, await makeFormPages(request, fonts), fonts);
}

export async function finishForm(
  request: FormRequest,
  { pages, problems }: FormPages,
  fonts: FontLibrary,
): Promise<RenderedDocument> {
  const plans = pages.map(({ plan }) => plan);
  const stamps = pages.map(({ stamp }) => stamp);
  const { caseId, generatedAt, draft, sandbox } = request;
  const overlay = await makeOverlay(plans, stamps, { caseId, createdAt: generatedAt, draft, sandbox }, fonts);
  const title = `${request.template.definition.title}, case ${caseId}`;
  return { ...(await assemblePdf(plans, overlay, { title, createdAt: generatedAt })), problems };
}
