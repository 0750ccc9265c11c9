import { mergeAnswers } from '../questionnaire/merge-answers.ts';
import type { DefinitionProblem, MergeOutcome, ResponseItem } from '../questionnaire/types.ts';
import type { AttachmentFact } from '../requirements/case-data.ts';
import { evaluate } from '../requirements/evaluate.ts';
import { checkExampleKeys } from './check-example-keys.ts';
import { checkExpectation, formatIssue } from './check-expectation.ts';
import type { CompiledTemplate } from './compile-template.ts';
import type { ExampleAttachment, ExampleCase, Expectation } from './example-case.ts';

/**
 * Runs one example the way a client would: a new case, its answers merged step by step, then the evaluation. An empty
 * list means that everything came as expected; paths are JSON paths into the example's file.
 */
export function runExampleCase(
  template: CompiledTemplate,
  example: ExampleCase,
): readonly DefinitionProblem[] {
  const unknown = checkExampleKeys(template, example.expect);
  if (unknown.length > 0) return unknown;
  const steps = listSteps(example.answers);
  const problems: DefinitionProblem[] = [];
  let answers: readonly ResponseItem[] = [];
  let last: MergeOutcome | undefined;
  for (const [index, step] of steps.entries()) {
    last = mergeAnswers(template.questionnaire, answers, step);
    if (last.kind === 'merged') answers = last.answers;
    else if (index < steps.length - 1 || example.expect.rejected === undefined)
      problems.push(describeRefusal(last, index));
  }
  problems.push(...checkLastStep(example.expect, last));
  const evaluation = evaluate(
    template,
    example.case,
    answers,
    (example.attachments ?? []).map(completeAttachment),
  );
  return [...problems, ...checkExpectation(example.expect, evaluation)];
}

function listSteps(answers: ExampleCase['answers']): readonly unknown[] {
  if (answers === undefined) return [];
  return Array.isArray(answers) ? answers : [answers];
}

function completeAttachment(attachment: ExampleAttachment, index: number): AttachmentFact {
  const defaults = {
    id: `att_${index + 1}`,
    fileName: 'document.pdf',
    mimeType: 'application/pdf',
    documentTypes: [],
  };
  return { ...defaults, ...attachment };
}

function describeRefusal(
  outcome: Exclude<MergeOutcome, { kind: 'merged' }>,
  index: number,
): DefinitionProblem {
  const rejections = outcome.rejections.map(formatIssue).join(', ');
  const message = `Step ${index + 1} of the answers is refused: ${rejections}.`;
  return { path: 'answers', message, mend: 'Correct the answers, or expect the refusal of the last step.' };
}

function checkLastStep(
  { rejected, cleared }: Expectation,
  last: MergeOutcome | undefined,
): readonly DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const report = (path: string, message: string): void => {
    problems.push({
      path: `expect.${path}`,
      message,
      mend: 'Correct the example if the rules are right, else the rules.',
    });
  };
  const dropped = last?.kind === 'merged' ? last.cleared : [];
  if (cleared !== undefined && listSorted(cleared) !== listSorted(dropped)) {
    report('cleared', `The last answers cleared [${listSorted(dropped)}].`);
  }
  if (rejected === undefined) return problems;
  if (last === undefined || last.kind === 'merged') report('rejected', 'The last answers are accepted.');
  else if (last.kind !== rejected.kind) report('rejected.kind', `The refusal is of kind "${last.kind}".`);
  else if (rejected.rejections !== undefined) {
    const found = listSorted(last.rejections.map(formatIssue));
    if (found !== listSorted(rejected.rejections.map(formatIssue)))
      report('rejected.rejections', `Refused are: ${found}.`);
  }
  return problems;
}

function listSorted(values: readonly string[]): string {
  return [...new Set(values)].sort().join(', ');
}
