export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts a report of vitest's JSON reporter. A file that could not be loaded has no tests of its own and counts as one
 * failure; so does a run that failed for another reason, such as an error outside any test.
 * @throws Error when it is no such report
 */
export function countTests(report: unknown): Count {
  const { numPassedTests, numFailedTests, success, testResults } = fieldsOf(report);
  if (
    typeof numPassedTests !== 'number' ||
    typeof numFailedTests !== 'number' ||
    !Array.isArray(testResults)
  ) {
    throw new Error('This is no report of vitest.');
  }
  const broken = testResults.filter((file) => {
    const { status, assertionResults } = fieldsOf(file);
    return status === 'failed' && Array.isArray(assertionResults) && assertionResults.length === 0;
  }).length;
  const failed = numFailedTests + broken;
  return { passed: numPassedTests, failed: failed === 0 && success !== true ? 1 : failed };
}

/** @throws Error when it is no `{passed, failed}` */
export function readCount(report: unknown): Count {
  const { passed, failed } = fieldsOf(report);
  if (typeof passed !== 'number' || typeof failed !== 'number') throw new Error('This is no count.');
  return { passed, failed };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('This is no report.');
  // Objects are records of their own keys.
  return value as Readonly<Record<string, unknown>>;
}
