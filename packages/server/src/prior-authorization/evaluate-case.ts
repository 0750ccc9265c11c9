import type { Queryable } from '../platform/database/database.ts';
import { type EvaluableTemplate, evaluate } from '../requirements/evaluate.ts';
import type { Evaluation } from '../requirements/evaluation.ts';
import { unreadableAnswerFiles } from './answer-files.ts';
import type { PriorAuthorization } from './prior-authorization.ts';

/** Judges a case with all its files: those attached, and those given as answers, of which the rows of the files tell. */
export async function evaluateCase(
  database: Queryable,
  template: EvaluableTemplate,
  draft: Pick<PriorAuthorization, 'organizationId' | 'case' | 'answers' | 'attachments'>,
): Promise<Evaluation> {
  const unreadable = await unreadableAnswerFiles(database, draft.organizationId, draft.answers);
  return evaluate(template, draft.case, draft.answers, [...draft.attachments, ...unreadable]);
}
