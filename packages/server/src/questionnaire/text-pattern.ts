import type { DefinitionReport } from './definition-problems.ts';
import { PatternMatcher } from './pattern-matcher.ts';
import { compileProgram } from './pattern-program.ts';
import { PatternProblem, parsePattern } from './pattern-syntax.ts';

/**
 * Prepares the FHIR `regex` extension. The pattern must match the whole answer: R4 does not say, and a pattern that may
 * match a part lets anything stand around it. `^` and `$` are allowed and change nothing. A pattern that is not
 * supported is reported.
 */
export function compilePattern(
  pattern: string,
  path: string,
  report: DefinitionReport,
): (text: string) => boolean {
  try {
    const matcher = new PatternMatcher(compileProgram(parsePattern(pattern)));
    return (text) => matcher.matches(text);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    report.addProblem(path, error.message, error.mend);
    return () => true;
  }
}
