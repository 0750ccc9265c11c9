import type { CatalogProblem } from './catalog-problem.ts';

export type JsonOutcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly problems: readonly CatalogProblem[] };

/** The parsed text of a catalog file; the engine's message says where the syntax breaks. */
export function parseJson(text: string, file: string): JsonOutcome {
  try {
    // A byte order mark is what some editors leave; JSON has none.
    return { kind: 'value', value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The file is not JSON (${reason}).`;
    return {
      kind: 'invalid',
      problems: [{ file, path: '', message, mend: 'Correct the syntax at that place.' }],
    };
  }
}
