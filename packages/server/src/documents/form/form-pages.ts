import type { PageStamp } from '../packet/stamps.ts';
import type { PagePlan } from '../pdf/assemble.ts';
import type { DocumentProblem } from '../types.ts';

/** The form's pages before anything is stamped on them; the packet takes them from here. */
export interface FormPages {
  readonly pages: readonly { readonly plan: PagePlan; readonly stamp: PageStamp }[];
  readonly problems: readonly DocumentProblem[];
}
