import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type CatalogContents,
  folder,
  soundCatalog,
  soundPayer,
  soundTemplate,
  writeCatalog,
} from './catalog-for-tests.ts';
import { CatalogError } from './catalog-problem.ts';
import { compileKeptTemplate } from './compile-template.ts';
import { loadCatalog } from './load-catalog.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const remove of cleanups.splice(0)) await remove();
});

async function write(contents: CatalogContents): Promise<string> {
  const { directory, remove } = await writeCatalog(contents);
  cleanups.push(remove);
  return directory;
}

async function problemsOf(...directories: string[]): Promise<readonly string[]> {
  const error: unknown = await loadCatalog(directories).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CatalogError)) throw error ?? new Error('The catalog was accepted.');
  return error.problems.map(({ file, path }) => {
    const directory = directories.find((candidate) => file.startsWith(candidate)) ?? '';
    return `${file.slice(directory.length + 1)}#${path}`;
  });
}

const adakveo = {
  payerId: 'payer_aetna',
  planType: 'commercial',
  insuranceState: 'CA',
  serviceCode: 'J0791',
  codeSystem: 'hcpcs',
};

describe('loadCatalog', () => {
  test('finds payers and the template of a case', async () => {
    const contents = soundCatalog();
    contents['payers.json'] = {
      payers: [{ ...soundPayer(), id: 'payer_z', slug: 'z', displayName: 'Zeta' }, soundPayer()],
    };
    contents['README.md'] = 'What this is.';
    const catalog = await loadCatalog([await write(contents)]);
    expect(catalog.payers.map(({ id }) => id)).toEqual(['payer_aetna', 'payer_z']);
    expect(catalog.findPayer('payer_z')?.displayName).toBe('Zeta');
    expect(catalog.match(adakveo)?.definition.id).toBe('aetna-adakveo');
    expect(catalog.match({ ...adakveo, planType: 'medicare' })).toBeUndefined();
    expect(catalog.findTemplate('aetna-adakveo')).toBe(catalog.match(adakveo));
  });

  test('gives templates that compile again to the same content from a copy', async () => {
    const [template] = (await loadCatalog([await write(soundCatalog())])).templates;
    if (template === undefined) throw new Error('There is no template.');
    const copy = compileKeptTemplate(structuredClone(template.files));
    expect(copy.contentHash).toBe(template.contentHash);
    expect(copy.contentHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('joins several directories: templates of one may name payers of another', async () => {
    const { 'payers.json': payers, ...rest } = soundCatalog();
    const catalog = await loadCatalog([await write({ 'payers.json': payers }), await write(rest)]);
    expect(catalog.templates).toHaveLength(1);
  });

  test('loads nothing while anything is wrong, and reports all of it', async () => {
    const contents = soundCatalog();
    contents['payers.json'] = '{"payers": [}';
    contents[`${folder}/questionnaire.json`] = { resourceType: 'Questionnaire', item: [{ linkId: 'a' }] };
    const problems = await problemsOf(await write(contents));
    expect(problems).toContain('payers.json#');
    expect(problems).toContain(`${folder}/template.json#match.payerId`);
    expect(problems).toContain(`${folder}/questionnaire.json#url`);
    expect(problems.filter((problem) => problem.startsWith(`${folder}/questionnaire.json#item`))).not.toEqual(
      [],
    );
  });

  test('says in its message where and how to mend', async () => {
    const contents = soundCatalog();
    contents['payers.json'] = { payers: [] };
    const directory = await write(contents);
    await expect(loadCatalog([directory])).rejects.toThrow(
      `${join(directory, folder, 'template.json')} at match.payerId: There is no payer "payer_aetna". Add it`,
    );
  });

  test('refuses a directory that is not there or is no catalog', async () => {
    expect(await problemsOf('/nowhere/at/all')).toEqual(['#']);
    expect(await problemsOf(await write({ 'catalog.json': {} }))).toEqual(['catalog.json#', '#']);
  });

  test('refuses the same payer and the same template in two directories', async () => {
    const first = await write(soundCatalog());
    expect(await problemsOf(first, await write(soundCatalog()))).toEqual([
      'payers.json#payers[0].id',
      'payers.json#payers[0].slug',
      `${folder}/template.json#id`,
      `${folder}/template.json#match`,
    ]);
  });

  test('refuses two templates of which neither is more specific', async () => {
    const contents = soundCatalog();
    const template = soundTemplate();
    contents['templates/aetna/other/template.json'] = {
      ...template,
      id: 'other',
      match: { ...template.match, planTypes: ['*'], states: ['CA'] },
    };
    contents['templates/aetna/other/questionnaire.json'] = contents[`${folder}/questionnaire.json`];
    expect(await problemsOf(await write(contents))).toEqual([`${folder}/template.json#match`]);
  });

  test('follows links inside the directory and refuses those that lead out', async () => {
    const outside = await write({ 'secret.json': { resourceType: 'ValueSet' } });
    const { [`${folder}/questionnaire.json`]: questionnaire, ...rest } = soundCatalog();
    const directory = await write({ ...rest, '..data/questionnaire.json': questionnaire });
    await symlink(
      join(directory, '..data/questionnaire.json'),
      join(directory, folder, 'questionnaire.json'),
    );
    expect((await loadCatalog([directory])).templates).toHaveLength(1);
    await mkdir(join(directory, folder, 'valuesets'));
    await symlink(join(outside, 'secret.json'), join(directory, folder, 'valuesets/out.json'));
    await symlink('/nowhere', join(directory, folder, 'valuesets/dangling.json'));
    expect(await problemsOf(directory)).toEqual([
      `${folder}/valuesets/dangling.json#`,
      `${folder}/valuesets/out.json#`,
    ]);
  });
});
