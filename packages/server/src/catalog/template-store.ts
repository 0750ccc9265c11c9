import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { CatalogError } from './catalog-problem.ts';
import { type CompiledTemplate, compileTemplate } from './compile-template.ts';
import type { Catalog } from './load-catalog.ts';
import type { Payer } from './payer.ts';
import type { CaseKey } from './template-index.ts';
import { findTemplateVersion, keepTemplateVersion } from './template-version-queries.ts';

/** A template at the version a case pins. */
export interface PinnedTemplate extends CompiledTemplate {
  readonly id: string;
  readonly version: string;
  readonly channel: { readonly kind: 'fax' | 'portal' | 'phone'; readonly address?: string };
}

export interface TemplateStore {
  readonly payers: readonly Payer[];
  findPayer(payerId: string): Payer | undefined;
  /** The current template for a new case. */
  match(key: CaseKey): PinnedTemplate | undefined;
  /** The very version a case was created with, from the catalog or from its kept copy. */
  get(templateId: string, version: string): Promise<PinnedTemplate>;
}

/**
 * Keeps a copy of every template version the catalog holds, so that open cases outlive edits of the files.
 * @throws CatalogError when a version that cases already pin has other content than the kept copy
 */
export async function openTemplateStore(
  database: Database,
  catalog: Catalog,
  clock: Clock,
): Promise<TemplateStore> {
  const current = new Map<string, PinnedTemplate>();
  for (const template of catalog.templates) {
    const pinned = pin(template, catalog);
    await keep(database, pinned, clock);
    current.set(pinned.id, pinned);
  }
  const older = new Map<string, Promise<PinnedTemplate>>();

  function load(templateId: string, version: string): Promise<PinnedTemplate> {
    const key = JSON.stringify([templateId, version]);
    const known = older.get(key);
    if (known !== undefined) return known;
    const loading = loadKept(database, catalog, templateId, version);
    loading.catch(() => older.delete(key));
    older.set(key, loading);
    return loading;
  }

  return {
    payers: catalog.payers,
    findPayer: (payerId) => catalog.findPayer(payerId),
    match(key) {
      const template = catalog.match(key);
      return template === undefined ? undefined : current.get(template.definition.id);
    },
    async get(templateId, version) {
      const template = current.get(templateId);
      return template?.version === version ? template : load(templateId, version);
    },
  };
}

function pin(template: CompiledTemplate, catalog: Catalog): PinnedTemplate {
  const { id, version, match, channel } = template.definition;
  const ofPayer = catalog.findPayer(match.payerId)?.channel;
  return { ...template, id, version, channel: channel ?? ofPayer ?? { kind: 'fax' } };
}

async function keep(database: Database, template: PinnedTemplate, clock: Clock): Promise<void> {
  const kept = await keepTemplateVersion(database, template, clock.now());
  if (kept === template.contentHash) return;
  throw new CatalogError([
    {
      file: template.id,
      path: 'version',
      message: `Version ${template.version} has other content than the version ${template.version} that cases already use.`,
      mend: 'Raise `version`; open cases stay with the one they were created with.',
    },
  ]);
}

async function loadKept(
  database: Database,
  catalog: Catalog,
  templateId: string,
  version: string,
): Promise<PinnedTemplate> {
  const files = await findTemplateVersion(database, templateId, version);
  if (files === undefined) throw new Error(`No copy of template ${templateId} version ${version} was kept.`);
  return pin(compileTemplate(files), catalog);
}
