import type { FontLibrary } from '../text/font-library.ts';
import type { FormRequest } from '../types.ts';
import type { ReadAnswers } from './build-form-view.ts';
import type { FormPages } from './render-form.ts';
export async function fillPayerForm(
  _r: FormRequest,
  _f: Uint8Array,
  _a: ReadAnswers,
  _l: FontLibrary,
): Promise<FormPages> {
  throw new Error('TODO');
}
