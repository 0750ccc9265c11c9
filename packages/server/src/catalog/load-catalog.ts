import { join } from 'node:path';
import { CatalogFolder } from './catalog-folder.ts';
import { CatalogError, type CatalogProblem } from './catalog-problem.ts';
import { type CompiledTemplate, tryCompileTemplate } from './compile-template.ts';
import { checkForm } from './form-check.ts';
import type { Payer } from './payer.ts';
import { findPayerCollisions, type PayerEntry, readPayers } from './read-payers.ts';
import { readTemplates, type TemplateEntry } from './read-template.ts';
import { checkTemplate } from './template-check.ts';
import { type CaseKey, TemplateIndex } from './template-index.ts';
import { usStates } from './us-states.ts';

export interface Catalog {
  /** By display name. */
  readonly payers: readonly Payer[];
  readonly templates: readonly CompiledTemplate[];
  findPayer(id: string): Payer | undefined;
  /** The current version; older ones are compiled from their pinned copies. */
  findTemplate(id: string): CompiledTemplate | undefined;
  /** The most specific template for the case, or undefined when the case is not supported. */
  match(key: CaseKey): CompiledTemplate | undefined;
}

export interface LoadedTemplate {
  readonly entry: TemplateEntry;
  readonly template: CompiledTemplate;
}

/** Everything that could be read, and everything that is wrong with it. */
export interface CatalogReading {
  readonly catalog: Catalog;
  readonly loaded: readonly LoadedTemplate[];
  readonly problems: readonly CatalogProblem[];
}

/**
 * Reads, checks and compiles the catalog directories, the shipped one first. Throws `CatalogError` with all problems
 * of all files: a catalog is served whole or not at all.
 */
export async function loadCatalog(directories: readonly string[]): Promise<Catalog> {
  const { catalog, problems } = await readCatalog(directories);
  if (problems.length > 0) throw new CatalogError(problems);
  return catalog;
}

/** As `loadCatalog`, but answers with the problems beside what could be made of the rest. */
export async function readCatalog(directories: readonly string[]): Promise<CatalogReading> {
  const problems: CatalogProblem[] = [];
  const payers: PayerEntry[] = [];
  const entries: TemplateEntry[] = [];
  for (const directory of directories) {
    const folder = await CatalogFolder.open(directory);
    if (folder === undefined) {
      problems.push({
        file: directory,
        path: '',
        message: 'There is no such directory.',
        mend: 'Correct the path.',
      });
      continue;
    }
    const { payerEntries, templateEntries } = await readDirectory(folder);
    payers.push(...payerEntries);
    entries.push(...templateEntries);
    problems.push(...folder.problems);
  }
  findPayerCollisions(payers, (file, path, message, mend) => problems.push({ file, path, message, mend }));
  const loaded = await compileEntries(entries, payers, problems);
  const index = indexTemplates(loaded, problems);
  return { catalog: makeCatalog(payers, loaded, index), loaded, problems };
}

async function readDirectory(folder: CatalogFolder): Promise<{
  readonly payerEntries: readonly PayerEntry[];
  readonly templateEntries: readonly TemplateEntry[];
}> {
  const contents = await folder.list(folder.directory);
  const has = (name: string, kind: string): boolean =>
    contents.some((entry) => entry.name === name && entry.kind === kind);
  for (const { name, path } of contents) {
    if (name === 'payers.json' || name === 'templates') continue;
    folder.report(path, '', 'A catalog holds nothing of this name.', 'Expected: payers.json, templates.');
  }
  if (!has('payers.json', 'file') && !has('templates', 'folder')) {
    folder.report(
      folder.directory,
      '',
      'There is neither payers.json nor templates.',
      'Name a catalog directory.',
    );
  }
  return {
    payerEntries: has('payers.json', 'file') ? await readPayers(folder) : [],
    templateEntries: has('templates', 'folder') ? await readTemplates(folder) : [],
  };
}

async function compileEntries(
  entries: readonly TemplateEntry[],
  payers: readonly PayerEntry[],
  problems: CatalogProblem[],
): Promise<readonly LoadedTemplate[]> {
  const loaded: LoadedTemplate[] = [];
  for (const entry of entries) {
    problems.push(...checkTemplate(entry, payers));
    const outcome = tryCompileTemplate(entry.files, entry.folder);
    if (outcome.kind === 'invalid') {
      problems.push(...outcome.problems);
      continue;
    }
    const file = join(entry.folder, 'template.json');
    for (const problem of await checkForm(outcome.template)) problems.push({ file, ...problem });
    loaded.push({ entry, template: outcome.template });
  }
  return loaded;
}

function indexTemplates(
  loaded: readonly LoadedTemplate[],
  problems: CatalogProblem[],
): TemplateIndex<LoadedTemplate> {
  const index = new TemplateIndex<LoadedTemplate>();
  const byId = new Map<string, LoadedTemplate>();
  const report = ({ entry }: LoadedTemplate, path: string, message: string, mend: string): void => {
    problems.push({ file: join(entry.folder, 'template.json'), path, message, mend });
  };
  for (const one of loaded) {
    const { id, match } = one.template.definition;
    const first = byId.get(id);
    if (first === undefined) byId.set(id, one);
    else
      report(
        one,
        'id',
        `The id "${id}" is already used in ${first.entry.folder}.`,
        'Give this template another one.',
      );
    for (const other of index.add(match, one)) {
      const message = `It is for some of the very cases of ${other.entry.folder}.`;
      report(one, 'match', message, 'Take payer, plan type, state or code away from one of the two.');
    }
  }
  for (const one of loaded) {
    for (const other of index.findCrossing(one.template.definition.match, usStates)) {
      const message = `It names plan types for every state, ${other.entry.folder} names states for every plan type.`;
      report(one, 'match', message, 'Name both in one of them, or add a template for the cases they share.');
    }
  }
  return index;
}

function makeCatalog(
  entries: readonly PayerEntry[],
  loaded: readonly LoadedTemplate[],
  index: TemplateIndex<LoadedTemplate>,
): Catalog {
  const payers = entries.map(({ payer }) => payer).sort(byDisplayName);
  const payerById = new Map(payers.map((payer) => [payer.id, payer]));
  const templates = loaded.map(({ template }) => template);
  const templateById = new Map(templates.map((template) => [template.definition.id, template]));
  return {
    payers,
    templates,
    findPayer: (id) => payerById.get(id),
    findTemplate: (id) => templateById.get(id),
    match: (key) => index.find(key)?.template,
  };
}

/** Code unit order within equal names, so that no locale changes the list. */
function byDisplayName(left: Payer, right: Payer): number {
  const order = compareText(left.displayName.toLowerCase(), right.displayName.toLowerCase());
  return order === 0 ? compareText(left.id, right.id) : order;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
