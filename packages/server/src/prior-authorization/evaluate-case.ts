import type { Store } from '../platform/encryption/store.ts';
import { type EvaluableTemplate, evaluate } from '../requirements/evaluate.ts';
import type { Evaluation } from '../requirements/evaluation.ts';
import { unreadableAnswerFiles } from './answer-files.ts';
import type { PriorAuthorization } from './prior-authorization.ts';

/** Judges a case with all its files: those attached, and those given as answers, of which the rows of the files tell. */
export async function evaluateCase(
  store: Store,
  template: EvaluableTemplate,
  draft: Pick<PriorAuthorization, 'organizationId' | 'case' | 'answers' | 'attachments'>,
): Promise<Evaluation> {
  const unreadable = await unreadableAnswerFiles(store, draft.organizationId, draft.answers);
  return evaluate(template, draft.case, draft.answers, [...draft.attachments, ...unreadable]);
}
