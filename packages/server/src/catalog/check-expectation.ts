import type { DefinitionProblem } from '../questionnaire/types.ts';
import type { Evaluation } from '../requirements/evaluation.ts';
import type { Expectation, ExpectedIssue } from './example-case.ts';

const mend = 'Correct the example if the rules are right, else the rules.';

/** Holds an evaluation against what an example expects; `path` is `expect.<what>` in the example's file. */
export function checkExpectation(expect: Expectation, evaluation: Evaluation): readonly DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const report = (path: string, message: string): void => {
    problems.push({ path: `expect.${path}`, message, mend });
  };
  if (expect.submittable !== undefined && expect.submittable !== evaluation.submittable) {
    report(
      'submittable',
      `The case is ${evaluation.submittable ? '' : 'not '}submittable${listBlockers(evaluation)}.`,
    );
  }
  checkQuestions(expect, evaluation, report);
  checkIssues(expect, evaluation, report);
  const { activeRequirementGroups: groups, supportingDocumentRequests: documents } = evaluation;
  checkStatuses(
    'groups',
    expect.groups,
    groups.map(({ id, status }) => [id, status]),
    report,
  );
  checkStatuses(
    'documents',
    expect.documents,
    documents.map(({ key, status }) => [key, status]),
    report,
  );
  checkStatuses(
    'context',
    expect.context,
    evaluation.contextRequirements.map(({ key, status }) => [key, status]),
    report,
  );
  return problems;
}

type Report = (path: string, message: string) => void;

function listBlockers({ blockers }: Evaluation): string {
  if (blockers.length === 0) return '';
  return ` because of ${blockers.map(({ issue }) => formatIssue(issue)).join(', ')}`;
}

function checkQuestions(expect: Expectation, { questionStates }: Evaluation, report: Report): void {
  const enabled = new Set(questionStates.filter((state) => state.enabled).map(({ linkId }) => linkId));
  const required = new Set(
    questionStates.filter((state) => state.enabled && state.required).map(({ linkId }) => linkId),
  );
  const checks = [
    ['enabled', expect.enabled, (linkId: string) => enabled.has(linkId), 'is not enabled'],
    ['disabled', expect.disabled, (linkId: string) => !enabled.has(linkId), 'is enabled'],
    ['required', expect.required, (linkId: string) => required.has(linkId), 'is not required now'],
    ['notRequired', expect.notRequired, (linkId: string) => !required.has(linkId), 'is required now'],
  ] as const;
  for (const [path, linkIds, holds, words] of checks) {
    for (const linkId of linkIds ?? []) {
      if (!holds(linkId)) report(path, `"${linkId}" ${words}.`);
    }
  }
}

function checkIssues(expect: Expectation, { validationIssues }: Evaluation, report: Report): void {
  const found = validationIssues.map(formatIssue);
  for (const [path, issues] of [
    ['issues', expect.issues],
    ['issuesInclude', expect.issuesInclude],
  ] as const) {
    for (const issue of issues ?? []) {
      if (!found.includes(formatIssue(issue))) report(path, `There is no issue ${formatIssue(issue)}.`);
    }
  }
  const expected = expect.issues?.map(formatIssue);
  if (expected === undefined) return;
  for (const issue of new Set(found)) {
    if (!expected.includes(issue)) report('issues', `There is an unexpected issue ${issue}.`);
  }
}

function checkStatuses(
  path: 'groups' | 'documents' | 'context',
  expected: Readonly<Record<string, string>> | undefined,
  found: readonly (readonly [string, string])[],
  report: Report,
): void {
  const statuses = new Map(found);
  for (const [key, status] of Object.entries(expected ?? {})) {
    const actual = statuses.get(key) ?? 'inactive';
    if (actual !== status) report(`${path}.${key}`, `"${key}" is ${actual}, not ${status}.`);
  }
}

export function formatIssue({ field, code }: ExpectedIssue): string {
  return `${code} on ${field}`;
}
