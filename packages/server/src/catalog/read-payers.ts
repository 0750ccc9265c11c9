import { join } from 'node:path';
import type { CatalogFolder } from './catalog-folder.ts';
import type { Payer } from './payer.ts';
import { checkPayersFile } from './payer-schema.ts';
import { usStates } from './us-states.ts';

/** A payer and where it stands, for problems found later. */
export interface PayerEntry {
  readonly payer: Payer;
  readonly file: string;
  readonly path: string;
}

/** The payers of one catalog directory; problems go to the folder. */
export async function readPayers(folder: CatalogFolder): Promise<readonly PayerEntry[]> {
  const file = join(folder.directory, 'payers.json');
  const value = await folder.readJson(file);
  if (value === undefined) return [];
  const problems = checkPayersFile(value, file);
  folder.problems.push(...problems);
  if (problems.length > 0) return [];
  // The schema has just accepted it.
  const { payers } = value as { readonly payers: readonly Payer[] };
  const entries = payers.map((payer, index) => ({ payer, file, path: `payers[${index}]` }));
  for (const entry of entries) checkStates(folder, entry);
  return entries;
}

function checkStates(folder: CatalogFolder, { payer, file, path }: PayerEntry): void {
  const states = payer.supportedStates ?? ['*'];
  if (states.includes('*') && states.length > 1) {
    folder.report(file, `${path}.supportedStates`, '"*" stands beside states.', 'Keep one of the two.');
  }
  states.forEach((state, index) => {
    if (state === '*' || usStates.has(state)) return;
    folder.report(
      file,
      `${path}.supportedStates[${index}]`,
      `"${state}" is no US state.`,
      'Use a USPS two-letter code.',
    );
  });
}

/** Two payers may share neither id nor slug, in one file or across directories. */
export function findPayerCollisions(entries: readonly PayerEntry[], report: CatalogFolder['report']): void {
  for (const field of ['id', 'slug'] as const) {
    const seen = new Map<string, PayerEntry>();
    for (const entry of entries) {
      const first = seen.get(entry.payer[field]);
      if (first === undefined) {
        seen.set(entry.payer[field], entry);
        continue;
      }
      const message = `The ${field} "${entry.payer[field]}" is already used in ${first.file} at ${first.path}.`;
      report(entry.file, `${entry.path}.${field}`, message, 'Give this payer another one, or remove it.');
    }
  }
}
