import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { Questionnaire } from '../questionnaire/types.ts';
import { CatalogError } from './catalog-problem.ts';
import { type CompiledTemplate, compileKeptTemplate } from './compile-template.ts';
import type { Catalog } from './load-catalog.ts';
import type { Payer } from './payer.ts';
import { selfContainedQuestionnaire } from './self-contained-questionnaire.ts';
import type { CaseKey } from './template-index.ts';
import {
  findTemplateVersion,
  keepTemplateVersion,
  listPins,
  type TemplatePin,
} from './template-version-queries.ts';

/** A template at the version a case pins. */
export interface PinnedTemplate extends CompiledTemplate {
  readonly id: string;
  readonly version: string;
  readonly channel: { readonly kind: 'fax' | 'portal' | 'phone'; readonly address?: string };
  readonly questionnaireForClients: Questionnaire;
}

export interface TemplateStore {
  readonly payers: readonly Payer[];
  findPayer(payerId: string): Payer | undefined;
  /** The current template for a new case. */
  match(key: CaseKey): PinnedTemplate | undefined;
  /** The very content a case was created with, from the catalog or from its kept copy. */
  ofCase(pin: TemplatePin): Promise<PinnedTemplate>;
}

/**
 * Keeps a copy of every template the catalog holds, so that open cases outlive edits of the files, and compiles the
 * copies that cases pin: what this release cannot run keeps it from starting instead of failing on each read.
 * @throws CatalogError when cases pin other content of a version, or content that cannot be run
 */
export async function openTemplateStore(
  database: Database,
  catalog: Catalog,
  clock: Clock,
): Promise<TemplateStore> {
  const byHash = new Map<string, Promise<PinnedTemplate>>();
  const current = new Map<string, PinnedTemplate>();
  for (const template of catalog.templates) {
    const pinned = pin(template, catalog);
    await keepTemplateVersion(database, pinned, clock.now());
    current.set(pinned.id, pinned);
    byHash.set(pinned.contentHash, Promise.resolve(pinned));
  }

  function load(wanted: TemplatePin): Promise<PinnedTemplate> {
    const known = byHash.get(wanted.templateHash);
    if (known !== undefined) return known;
    const loading = loadKept(database, catalog, wanted);
    loading.catch(() => byHash.delete(wanted.templateHash));
    byHash.set(wanted.templateHash, loading);
    return loading;
  }

  for (const pinned of await listPins(database)) {
    refuseOtherContent(current.get(pinned.templateId), pinned);
    await load(pinned);
  }

  return {
    payers: catalog.payers,
    findPayer: (payerId) => catalog.findPayer(payerId),
    match(key) {
      const template = catalog.match(key);
      return template === undefined ? undefined : current.get(template.definition.id);
    },
    ofCase: load,
  };
}

function pin(template: CompiledTemplate, catalog: Catalog): PinnedTemplate {
  const { id, version, match, channel } = template.definition;
  const ofPayer = catalog.findPayer(match.payerId)?.channel;
  const questionnaireForClients = selfContainedQuestionnaire(template.files);
  return {
    ...template,
    id,
    version,
    questionnaireForClients,
    channel: channel ?? ofPayer ?? { kind: 'fax' },
  };
}

function refuseOtherContent(template: PinnedTemplate | undefined, pinned: TemplatePin): void {
  if (template?.version !== pinned.templateVersion || template.contentHash === pinned.templateHash) return;
  throw new CatalogError([
    {
      file: template.id,
      path: 'version',
      message: `Version ${template.version} has other content than the version ${template.version} that cases already use.`,
      mend: 'Raise `version`; open cases stay with the one they were created with.',
    },
  ]);
}

async function loadKept(database: Database, catalog: Catalog, wanted: TemplatePin): Promise<PinnedTemplate> {
  const files = await findTemplateVersion(database, wanted);
  if (files === undefined)
    throw new Error(`No copy of template ${wanted.templateId} version ${wanted.templateVersion} was kept.`);
  return pin(compileKeptTemplate(files), catalog);
}
