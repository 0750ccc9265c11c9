import { expect, test } from 'vitest';
import { compileQuestionnaire } from '../questionnaire/compile-questionnaire.ts';
import { maximumAnswerBytes, mergeResponse } from './merge-response.ts';

const questionnaire = compileQuestionnaire({
  resourceType: 'Questionnaire',
  item: [
    { linkId: 'first', type: 'text', text: 'First' },
    { linkId: 'second', type: 'text', text: 'Second' },
  ],
});

function answer(linkId: string, characters: number) {
  return { item: [{ linkId, answer: [{ valueString: 'é'.repeat(characters) }] }] };
}

test('the answers of a case are refused once they take more than 1 MiB, however many requests brought them', () => {
  const half = maximumAnswerBytes / 4;
  const { answers } = mergeResponse(questionnaire, [], answer('first', half));
  expect(mergeResponse(questionnaire, answers, answer('second', half - 100)).answers).toHaveLength(2);
  expect(() => mergeResponse(questionnaire, answers, answer('second', half))).toThrow(
    expect.objectContaining({
      code: 'validation_error',
      issues: [expect.objectContaining({ field: 'questionnaireResponse', code: 'too_big' })],
    }),
  );
});
