import { describe, expect, test } from 'vitest';
import { tryCompileTemplate } from '../../src/catalog/compile-template.ts';
import { type Catalog, loadCatalog } from '../../src/catalog/load-catalog.ts';
import { shippedCatalogDirectory } from '../../src/catalog/shipped-catalog.ts';
import type { TemplateFiles } from '../../src/catalog/template.ts';
import { openTemplateStore } from '../../src/catalog/template-store.ts';
import type { TemplatePin } from '../../src/catalog/template-version-queries.ts';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { createPriorAuthorization } from '../../src/prior-authorization/create-prior-authorization.ts';
import { adakveoCase, authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { type TestServer, useTestServer } from '../support/api/test-server.ts';

const templateId = 'aetna-adakveo-precert-2026-01';

describe('two servers whose catalogs hold different content of one version', () => {
  const server = useTestServer();

  test('each read a case by the content it was created with', async () => {
    const { app, database, clock, newOrganization } = server();
    const edited = await openTemplateStore(database, await shipped(retitled('Edited')), clock);
    const first = await newOrganization();
    const second = await newOrganization();
    const here = await createCase(first);
    const context = { ...app.priorAuthorization, templates: edited };
    const { authorization: there } = await asOrganization(second.organizationId, () =>
      createPriorAuthorization(context, second.organizationId, {
        body: adakveoCase,
        idempotencyKey: undefined,
      }),
    );

    const readHere = await second.call('GET', `${authorizationsPath}/${there.id}`);
    expect(succeed(readHere).questionnaire.title).toBe('Edited');
    expect((await edited.ofCase(there)).files.questionnaire.title).toBe('Edited');
    const template = await edited.ofCase(await pinOf(server(), here.id));
    expect(template.files.questionnaire.title).toBe(here.questionnaire.title);
  });

  test('are told apart by the start once cases pin one of them', async () => {
    const { database, clock } = server();
    const opening = openTemplateStore(database, await shipped(retitled('Edited again')), clock);
    await expect(opening).rejects.toMatchObject({
      name: 'CatalogError',
      problems: [{ file: templateId, path: 'version' }],
    });
  });
});

describe('the kept copy of a version that cases pin', () => {
  const server = useTestServer();

  test('is run although a check for authors that came later refuses it', async () => {
    const { database, clock } = server();
    const { id } = await createCase(await server().newOrganization());
    await rewriteKept((questionnaire) => ({
      ...questionnaire,
      item: [...(questionnaire.item ?? []), { linkId: 'nothing_below', type: 'group', text: 'Nothing' }],
    }));
    const catalog = await shipped(raised);
    const store = await openTemplateStore(database, catalog, clock);
    const kept = await store.ofCase(await pinOf(server(), id));
    expect(kept.questionnaire.itemByLinkId.has('nothing_below')).toBe(true);
    expect(tryCompileTemplate(kept.files, '').kind).toBe('invalid');
  });

  test('keeps the server from starting when it cannot be run at all', async () => {
    await createCase(await server().newOrganization());
    await rewriteKept((questionnaire) => ({ ...questionnaire, resourceType: 'Basic' }));
    const opening = openTemplateStore(server().database, await shipped(raised), server().clock);
    await expect(opening).rejects.toMatchObject({
      name: 'CatalogError',
      problems: [{ file: expect.stringContaining(templateId) }],
    });
  });

  async function rewriteKept(change: (questionnaire: TemplateFiles['questionnaire']) => object) {
    const { database } = server();
    const [row] = await database.query<{ questionnaire: TemplateFiles['questionnaire'] }>(
      'select questionnaire from template_version where template_id = $1',
      [templateId],
    );
    if (row === undefined) throw new Error('No copy was kept.');
    await database.execute('update template_version set questionnaire = $2::jsonb where template_id = $1', [
      templateId,
      JSON.stringify(change(row.questionnaire)),
    ]);
  }
});

async function pinOf({ database }: TestServer, authorizationId: string): Promise<TemplatePin> {
  const [row] = await database.query<TemplatePin>(
    `select template_id as "templateId", template_version as "templateVersion", template_hash as "templateHash"
       from prior_authorization where id = $1`,
    [authorizationId],
  );
  if (row === undefined) throw new Error('There is no such case.');
  return row;
}

function retitled(title: string) {
  return (files: TemplateFiles): TemplateFiles => ({
    ...files,
    questionnaire: { ...files.questionnaire, title },
  });
}

function raised(files: TemplateFiles): TemplateFiles {
  return { ...files, definition: { ...files.definition, version: `${files.definition.version}.1` } };
}

/** The shipped catalog, one template of it as an author edited it. */
async function shipped(edit: (files: TemplateFiles) => TemplateFiles): Promise<Catalog> {
  const catalog = await loadCatalog([shippedCatalogDirectory]);
  const template = catalog.templates.find(({ definition }) => definition.id === templateId);
  if (template === undefined) throw new Error('The template is no longer shipped.');
  const outcome = tryCompileTemplate(edit(template.files), templateId);
  if (outcome.kind === 'invalid') throw new Error(JSON.stringify(outcome.problems));
  const replace = (other: typeof template) => (other === template ? outcome.template : other);
  return {
    ...catalog,
    templates: catalog.templates.map(replace),
    match: (key) => {
      const found = catalog.match(key);
      return found === undefined ? undefined : replace(found);
    },
  };
}
