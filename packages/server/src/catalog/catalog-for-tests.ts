import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exampleCase } from '../requirements/example-case-data.ts';

/** File contents by path below the catalog directory: text and bytes as they are, anything else as JSON. */
export type CatalogContents = Record<string, unknown>;

export const folder = 'templates/aetna/adakveo';

/** A fresh copy of a sound catalog of one payer and one template, to be broken by a test. */
export function soundCatalog(): CatalogContents {
  return {
    'payers.json': { payers: [soundPayer()] },
    [`${folder}/template.json`]: soundTemplate(),
    [`${folder}/questionnaire.json`]: soundQuestionnaire(),
    [`${folder}/cases/complete.json`]: soundExample(),
  };
}

export function soundPayer() {
  return {
    id: 'payer_aetna',
    slug: 'aetna',
    displayName: 'Aetna',
    aliases: ['Aetna Inc.'],
    supportedStates: ['*'],
  };
}

export function soundTemplate() {
  return {
    id: 'aetna-adakveo',
    version: '1.0',
    title: 'Adakveo Request',
    sample: true,
    match: {
      payerId: 'payer_aetna',
      planTypes: ['commercial'],
      states: ['*'],
      service: { codeSystem: 'hcpcs', codes: ['J0791'] },
    },
    contextRequirements: [
      {
        key: 'context.providers.prescribing',
        label: 'Prescriber',
        requiredMode: 'required',
        paths: ['providers[role=prescribing].lastName'],
        message: 'Name the prescriber.',
      },
    ],
    requirementGroups: [
      {
        id: 'reason-needed',
        kind: 'conditional',
        label: 'Reason',
        message: 'Say why.',
        when: { key: 'questionnaire.start', operator: '=', value: false },
        fieldKeys: ['questionnaire.reason'],
      },
    ],
    supportingDocuments: [
      {
        key: 'documents.note',
        label: 'Note',
        requiredMode: 'recommended',
        likelyDocTypes: ['clinical_note'],
        message: 'A note helps.',
      },
    ],
    sources: [{ title: 'Written for this project', licence: 'Apache-2.0' }],
  };
}

export function soundQuestionnaire() {
  return {
    resourceType: 'Questionnaire',
    url: 'https://example.org/questionnaires/aetna-adakveo',
    title: 'Adakveo Request',
    status: 'active',
    item: [
      { linkId: 'start', text: 'Start of treatment', type: 'boolean', required: true },
      {
        linkId: 'drug',
        text: 'Drug',
        type: 'choice',
        answerOption: [
          { valueCoding: { code: 'a', display: 'Drug A' } },
          { valueCoding: { code: 'b', display: 'Drug B' } },
        ],
      },
      {
        linkId: 'reason',
        text: 'Reason',
        type: 'string',
        enableWhen: [{ question: 'start', operator: '=', answerBoolean: false }],
      },
    ],
  };
}

export function soundExample() {
  return {
    name: 'a start of treatment can be submitted',
    case: exampleCase,
    answers: { item: [{ linkId: 'start', answer: [{ valueBoolean: true }] }] },
    expect: { submittable: true, issues: [] },
  };
}

/** Writes the contents to a directory of its own; `remove` deletes it. */
export async function writeCatalog(
  contents: CatalogContents,
): Promise<{ readonly directory: string; readonly remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'precert-catalog-'));
  for (const [path, content] of Object.entries(contents)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    const isRaw = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(file, isRaw ? content : JSON.stringify(content));
  }
  return { directory, remove: () => rm(directory, { recursive: true }) };
}
