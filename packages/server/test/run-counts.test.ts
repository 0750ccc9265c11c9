import { describe, expect, test } from 'vitest';
import { countTests, readCount } from '../scripts/run-counts.ts';

const green = { numPassedTests: 5, numFailedTests: 0, success: true, testResults: [] };

describe('the count of a run', () => {
  test('takes passed and failed tests from the report', () => {
    expect(countTests(green)).toEqual({ passed: 5, failed: 0 });
    expect(countTests({ ...green, numFailedTests: 2, success: false })).toEqual({ passed: 5, failed: 2 });
  });

  test('counts a file that could not be loaded as one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{}] },
    ];
    expect(countTests({ ...green, success: false, testResults })).toEqual({ passed: 5, failed: 1 });
  });

  test('counts a run that failed outside every test as one failure', () => {
    expect(countTests({ ...green, success: false })).toEqual({ passed: 5, failed: 1 });
  });

  test.each([null, {}, [], { passed: 1 }])('refuses %j', (report) => {
    expect(() => countTests(report)).toThrow('This is no');
    expect(() => readCount(report)).toThrow('This is no');
  });
});
