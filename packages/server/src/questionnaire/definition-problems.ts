import type { DefinitionProblem } from './types.ts';

/**
 * A questionnaire that cannot be used. Carries every problem found, not only the first, so that an author mends
 * a form in one round.
 */
export class QuestionnaireDefinitionError extends Error {
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(`The questionnaire has problems: ${first?.path ?? ''}: ${first?.message ?? ''}${more}`);
    this.name = 'QuestionnaireDefinitionError';
    this.problems = problems;
  }
}

/** Collects what is wrong while a questionnaire is read; reading goes on after each problem. */
export class DefinitionReport {
  readonly #lint: boolean;
  readonly problems: DefinitionProblem[] = [];
  /** Things a form may do but an author may not have meant, such as rules this engine does not evaluate. */
  readonly notices: DefinitionProblem[] = [];

  /** @param lint false: what only an author has to mend is no problem */
  constructor(lint = true) {
    this.#lint = lint;
  }

  /** The form cannot be run as it was meant. */
  addProblem(path: string, message: string, mend: string): void {
    this.problems.push({ path, message, mend });
  }

  /** The form could be run, but an author should not have written it so. */
  addLint(path: string, message: string, mend: string): void {
    if (this.#lint) this.addProblem(path, message, mend);
  }

  addNotice(path: string, message: string, mend: string): void {
    this.notices.push({ path, message, mend });
  }
}
