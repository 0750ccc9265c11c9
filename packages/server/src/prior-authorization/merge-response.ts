import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import { type ErrorIssue, invalidField, PrecertError } from '../platform/errors.ts';
import type { CompiledQuestionnaire } from '../questionnaire/compiled-questionnaire.ts';
import { mergeAnswers } from '../questionnaire/merge-answers.ts';
import type { AnswerRejection, MergeOutcome, ResponseItem } from '../questionnaire/types.ts';

/** Contract README, prior auth 7. */
export const maximumAnswers = 10_000;

/** Of the answers as canonical JSON: what every read of the case carries. */
export const maximumAnswerBytes = 1024 * 1024;

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
  if (outcome.kind === 'merged') {
    checkSize(outcome.answers);
    return outcome;
  }
  const issues = outcome.rejections.map(issueOf);
  if (outcome.kind === 'invalid')
    throw new PrecertError('validation_error', 'Request validation failed.', { issues });
  throw new PrecertError(
    'questionnaire_item_not_enabled',
    'An answer was sent for a question that is not enabled.',
    { issues },
  );
}

function checkSize(answers: readonly ResponseItem[]): void {
  const tooBig = (message: string) => invalidField('questionnaireResponse', 'too_big', message);
  if (countAnswers(answers) > maximumAnswers) throw tooBig(`A case holds at most ${maximumAnswers} answers.`);
  if (Buffer.byteLength(canonicalJson(answers)) > maximumAnswerBytes)
    throw tooBig(`The answers of a case take at most ${maximumAnswerBytes} bytes of JSON.`);
}

function issueOf({ field, code, message }: AnswerRejection): ErrorIssue {
  return { field, code: code === 'not_enabled' ? 'questionnaire_item_not_enabled' : code, message };
}

function countAnswers(items: readonly ResponseItem[]): number {
  let count = 0;
  for (const { answer = [], item = [] } of items) {
    count += answer.length + countAnswers(item);
    for (const { item: below = [] } of answer) count += countAnswers(below);
  }
  return count;
}
