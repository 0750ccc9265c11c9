import { join } from 'node:path';
import type { Questionnaire, ValueSet } from '../questionnaire/types.ts';
import type { CatalogFolder, FolderEntry } from './catalog-folder.ts';
import type { TemplateDefinition, TemplateFiles } from './template.ts';
import { checkTemplateFile } from './template-schema.ts';

/** A template as read: its shape is right, its rules are not yet checked. */
export interface TemplateEntry {
  readonly files: TemplateFiles;
  readonly folder: string;
  readonly payerSlug: string;
  /** Example cases, not yet read. */
  readonly caseFiles: readonly string[];
}

/** Every template folder of a catalog directory; a folder with problems yields none. */
export async function readTemplates(folder: CatalogFolder): Promise<readonly TemplateEntry[]> {
  const entries: TemplateEntry[] = [];
  for (const payer of await listFolders(folder, join(folder.directory, 'templates'))) {
    for (const { path } of await listFolders(folder, payer.path)) {
      const entry = await readTemplate(folder, path, payer.name);
      if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}

async function listFolders(folder: CatalogFolder, path: string): Promise<readonly FolderEntry[]> {
  const entries = await folder.list(path);
  for (const entry of entries) {
    if (entry.kind === 'file')
      folder.report(
        entry.path,
        '',
        'A file stands where folders are expected.',
        'Move it into a template folder.',
      );
    else checkFolderName(folder, entry);
  }
  return entries.filter(({ kind }) => kind === 'folder');
}

function checkFolderName(folder: CatalogFolder, { name, path }: FolderEntry): void {
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return;
  folder.report(path, '', `The folder name "${name}" is no slug.`, 'Use lower-case words joined by dashes.');
}

async function readTemplate(
  folder: CatalogFolder,
  path: string,
  payerSlug: string,
): Promise<TemplateEntry | undefined> {
  const contents = await folder.list(path);
  checkContents(folder, path, contents);
  const definition = await readDefinition(folder, contents, path);
  const questionnaire = await readQuestionnaire(folder, contents, path);
  const valueSets = await readValueSets(folder, contents);
  const form = contents.find(({ name, kind }) => name === 'form.pdf' && kind === 'file');
  const cases = contents.find(({ name, kind }) => name === 'cases' && kind === 'folder');
  const caseFiles = cases === undefined ? [] : await listJsonFiles(folder, cases.path);
  if (definition === undefined || questionnaire === undefined) return undefined;
  const files = { definition, questionnaire, valueSets };
  return {
    files: form === undefined ? files : { ...files, form: await folder.readBytes(form.path) },
    folder: path,
    payerSlug,
    caseFiles,
  };
}

const expected: Readonly<Record<string, FolderEntry['kind']>> = {
  'template.json': 'file',
  'questionnaire.json': 'file',
  'form.pdf': 'file',
  valuesets: 'folder',
  cases: 'folder',
};

function checkContents(folder: CatalogFolder, path: string, contents: readonly FolderEntry[]): void {
  for (const entry of contents) {
    if (expected[entry.name] === entry.kind) continue;
    folder.report(
      entry.path,
      '',
      'A template folder holds nothing of this name.',
      `Expected: ${Object.keys(expected).join(', ')}.`,
    );
  }
  for (const name of ['template.json', 'questionnaire.json']) {
    if (contents.some((entry) => entry.name === name)) continue;
    folder.report(join(path, name), '', 'The file is missing.', 'Add it, or remove the template folder.');
  }
}

async function readMember(
  folder: CatalogFolder,
  contents: readonly FolderEntry[],
  name: string,
): Promise<unknown> {
  const entry = contents.find((candidate) => candidate.name === name && candidate.kind === 'file');
  return entry && folder.readJson(entry.path);
}

async function readDefinition(
  folder: CatalogFolder,
  contents: readonly FolderEntry[],
  path: string,
): Promise<TemplateDefinition | undefined> {
  const value = await readMember(folder, contents, 'template.json');
  if (value === undefined) return undefined;
  const problems = checkTemplateFile(value, join(path, 'template.json'));
  folder.problems.push(...problems);
  // The schema has accepted it; conditions and field mappings are checked when they are compiled.
  return problems.length > 0 ? undefined : (value as TemplateDefinition);
}

async function readQuestionnaire(
  folder: CatalogFolder,
  contents: readonly FolderEntry[],
  path: string,
): Promise<Questionnaire | undefined> {
  const value = await readMember(folder, contents, 'questionnaire.json');
  if (value === undefined) return undefined;
  if (isResource(value, 'Questionnaire')) return value as Questionnaire; // The engine checks the rest.
  folder.report(
    join(path, 'questionnaire.json'),
    'resourceType',
    'This is no FHIR Questionnaire.',
    'Set "resourceType" to "Questionnaire".',
  );
  return undefined;
}

async function readValueSets(
  folder: CatalogFolder,
  contents: readonly FolderEntry[],
): Promise<readonly ValueSet[]> {
  const entry = contents.find(({ name, kind }) => name === 'valuesets' && kind === 'folder');
  const valueSets: ValueSet[] = [];
  for (const file of entry === undefined ? [] : await listJsonFiles(folder, entry.path)) {
    const value = await folder.readJson(file);
    if (value === undefined) continue;
    if (isResource(value, 'ValueSet'))
      valueSets.push(value as ValueSet); // The engine checks the rest.
    else
      folder.report(file, 'resourceType', 'This is no FHIR ValueSet.', 'Set "resourceType" to "ValueSet".');
  }
  return valueSets;
}

async function listJsonFiles(folder: CatalogFolder, path: string): Promise<readonly string[]> {
  const entries = await folder.list(path);
  for (const { name, kind, path: entryPath } of entries) {
    if (kind === 'file' && name.endsWith('.json')) continue;
    folder.report(entryPath, '', 'Only .json files are expected here.', 'Move or rename it.');
  }
  return entries
    .filter(({ name, kind }) => kind === 'file' && name.endsWith('.json'))
    .map((entry) => entry.path);
}

function isResource(value: unknown, resourceType: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resourceType' in value &&
    value.resourceType === resourceType
  );
}
