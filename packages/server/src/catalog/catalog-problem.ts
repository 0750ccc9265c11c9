/** One thing wrong with a catalog, where it stands and how to mend it. */
export interface CatalogProblem {
  /** The file's path, beginning with the catalog directory as it was given. */
  readonly file: string;
  /** JSON path inside the file, such as `match.states[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly mend: string;
}

/** Thrown instead of serving half a catalog; `problems` holds everything found, not the first thing. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly problems: readonly CatalogProblem[];

  constructor(problems: readonly CatalogProblem[]) {
    super(`The catalog has ${problems.length} problem(s):\n${problems.map(formatProblem).join('\n')}`);
    this.problems = problems;
  }
}

/** One line for a terminal. */
export function formatProblem({ file, path, message, mend }: CatalogProblem): string {
  return `${file}${path === '' ? '' : ` at ${path}`}: ${message} ${mend}`;
}
