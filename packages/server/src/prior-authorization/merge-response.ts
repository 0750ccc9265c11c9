import { type ErrorIssue, PrecertError } from '../platform/errors.ts';
import type { CompiledQuestionnaire } from '../questionnaire/compiled-questionnaire.ts';
import { mergeAnswers } from '../questionnaire/merge-answers.ts';
import type { AnswerRejection, MergeOutcome, ResponseItem } from '../questionnaire/types.ts';

/**
 * Merges what a client sent over stored answers, or refuses in the contract's words (prior-auth.md, 5.4).
 * @throws PrecertError `validation_error`, `questionnaire_item_not_enabled`
 */
export function mergeResponse(
  questionnaire: CompiledQuestionnaire,
  stored: readonly ResponseItem[],
  incoming: unknown,
): Extract<MergeOutcome, { kind: 'merged' }> {
  const outcome = mergeAnswers(questionnaire, stored, incoming);
  if (outcome.kind === 'merged') return outcome;
  const issues = outcome.rejections.map(issueOf);
  if (outcome.kind === 'invalid')
    throw new PrecertError('validation_error', 'Request validation failed.', { issues });
  throw new PrecertError(
    'questionnaire_item_not_enabled',
    'An answer was sent for a question that is not enabled.',
    { issues },
  );
}

function issueOf({ field, code, message }: AnswerRejection): ErrorIssue {
  return { field, code: code === 'not_enabled' ? 'questionnaire_item_not_enabled' : code, message };
}
