import { afterEach, describe, expect, test } from 'vitest';
import {
  type CatalogContents,
  folder,
  soundCatalog,
  soundExample,
  soundPayer,
  soundQuestionnaire,
  soundTemplate,
  writeCatalog,
} from './catalog-for-tests.ts';
import type { CatalogProblem } from './catalog-problem.ts';
import { lintCatalog } from './lint-catalog.ts';

let cleanUp = async (): Promise<void> => {};

afterEach(() => cleanUp());

async function lint(
  contents: CatalogContents,
  kind: 'problems' | 'notices' = 'problems',
): Promise<readonly CatalogProblem[]> {
  const { directory, remove } = await writeCatalog(contents);
  cleanUp = remove;
  const { [kind]: found } = await lintCatalog([directory]);
  return found.map((problem) => ({ ...problem, file: problem.file.slice(directory.length + 1) }));
}

/** Problems of a template whose definition has some keys replaced; a key set to undefined is left out. */
async function lintTemplate(part: object): Promise<readonly CatalogProblem[]> {
  return lint({ ...soundCatalog(), [`${folder}/template.json`]: { ...soundTemplate(), ...part } });
}

function where(problems: readonly CatalogProblem[]): readonly string[] {
  return problems.map(({ file, path }) => `${file.slice(file.lastIndexOf('/') + 1)}#${path}`);
}

const [context] = soundTemplate().contextRequirements;
const [group] = soundTemplate().requirementGroups;
const [document] = soundTemplate().supportingDocuments;
const { match } = soundTemplate();
const guard = { key: 'questionnaire.start', operator: '=', value: true };

test('finds nothing in a sound catalog', async () => {
  expect(await lint(soundCatalog())).toEqual([]);
});

describe('lint of payers.json', () => {
  test.each<[string, object]>([
    ['payers[0]', { displayname: 'x' }],
    ['payers[0].id', { id: 'aetna' }],
    ['payers[0].supportedStates[1]', { supportedStates: ['CA', 'ZZ'] }],
    ['payers[0].supportedStates', { supportedStates: ['CA', '*'] }],
    ['payers[0].status', { status: 'open' }],
  ])('finds a problem at %s of %j', async (path, part) => {
    const problems = await lint({ 'payers.json': { payers: [{ ...soundPayer(), ...part }] } });
    expect(where(problems)).toEqual([`payers.json#${path}`]);
  });
});

describe('lint of template.json', () => {
  test.each<[string, object]>([
    ['', { requirementGroup: [] }],
    ['', { title: undefined }],
    ['id', { id: 'Aetna Adakveo' }],
    ['version', { version: 'v1' }],
    ['sources', { sources: [] }],
    ['sources', { sample: false }],
    ['match.payerId', { match: { ...match, payerId: 'payer_unknown' } }],
    ['match.planTypes[0]', { match: { ...match, planTypes: ['hmo'] } }],
    ['match.planTypes', { match: { ...match, planTypes: ['*', 'commercial'] } }],
    ['match.states[1]', { match: { ...match, states: ['CA', 'XX'] } }],
    [
      'match.service.codes[0]',
      { match: { ...match, service: { codeSystem: 'hcpcs', codes: ['j791', 'J0791'] } } },
    ],
    [
      'match.service.codes',
      { match: { ...match, service: { codeSystem: 'hcpcs', codes: ['J0791', 'J0791'] } } },
    ],
    [
      'contextRequirements[0].paths[0]',
      { contextRequirements: [{ ...context, paths: ['providers[role=doctor].fax'] }] },
    ],
    ['contextRequirements[0].key', { contextRequirements: [{ ...context, key: 'questionnaire.start' }] }],
    ['contextRequirements[1].key', { contextRequirements: [context, context] }],
    ['contextRequirements[0].when', { contextRequirements: [{ ...context, requiredMode: 'conditional' }] }],
    ['contextRequirements[0].requiredMode', { contextRequirements: [{ ...context, when: guard }] }],
    ['requirementGroups[0].when', { requirementGroups: [{ ...group, when: undefined }] }],
    [
      'requirementGroups[0].when.key',
      { requirementGroups: [{ ...group, when: { key: 'questionnaire.x', exists: true } }] },
    ],
    [
      'requirementGroups[0].fieldKeys[0]',
      { requirementGroups: [{ ...group, fieldKeys: ['questionnaire.x'] }] },
    ],
    [
      'requirementGroups[0].fieldKeys[1]',
      { requirementGroups: [{ ...group, fieldKeys: ['questionnaire.start', 'context.patient.age'] }] },
    ],
    ['requirementGroups[0].fieldKeys', { requirementGroups: [{ ...group, kind: 'exactly_one' }] }],
    [
      'requirementGroups[0].fieldKeys',
      { requirementGroups: [{ ...group, fieldKeys: ['questionnaire.drug', 'questionnaire.drug'] }] },
    ],
    ['requirementGroups[0].kind', { requirementGroups: [{ ...group, kind: 'any_of' }] }],
    ['requirementGroups[1].id', { requirementGroups: [group, group] }],
    ['supportingDocuments[0].key', { supportingDocuments: [{ ...document, key: 'questionnaire.x' }] }],
    ['supportingDocuments[0].key', { supportingDocuments: [{ ...document, key: 'context.patient.age' }] }],
    ['supportingDocuments[0].key', { supportingDocuments: [{ ...document, key: 'note' }] }],
    ['supportingDocuments[1].key', { supportingDocuments: [document, document] }],
    [
      'supportingDocuments[0].appliesWhen',
      { supportingDocuments: [{ ...document, requiredMode: 'conditional', when: guard }] },
    ],
    [
      'supportingDocuments[0].likelyDocTypes[0]',
      { supportingDocuments: [{ ...document, likelyDocTypes: ['note'] }] },
    ],
    [
      'fieldMap',
      {
        fieldMap: [
          { field: 'A', kind: 'text', from: 'questionnaire.start' },
          { field: 'B', kind: 'text', from: 'questionnaire.reason' },
        ],
      },
    ],
  ])('finds a problem at "%s" of %j', async (path, part) => {
    const problems = await lintTemplate(part);
    expect(where(problems)).toEqual([`template.json#${path}`]);
    expect(problems[0]?.mend).toMatch(/\.$/);
  });

  test('refuses a template in the folder of another payer', async () => {
    const contents = soundCatalog();
    contents['payers.json'] = { payers: [{ ...soundPayer(), slug: 'other' }] };
    expect(where(await lint(contents))).toEqual(['template.json#match.payerId']);
  });
});

describe('lint of the files', () => {
  test('names a misspelt and a missing file', async () => {
    const { [`${folder}/questionnaire.json`]: moved, ...contents } = soundCatalog();
    contents[`${folder}/questionaire.json`] = moved;
    expect(where(await lint(contents))).toEqual(['questionaire.json#', 'questionnaire.json#']);
  });

  test('refuses a folder name that is no slug and a stray file among folders', async () => {
    const contents = {
      ...soundCatalog(),
      'templates/aetna/notes.txt': 'x',
      'templates/aetna/New Form/cases/a.json': {},
    };
    const problems = where(await lint(contents));
    expect(problems).toEqual(expect.arrayContaining(['New Form#', 'notes.txt#']));
  });

  test('refuses a questionnaire that is another resource, lacks its header or has faulty items', async () => {
    const file = `${folder}/questionnaire.json`;
    expect(where(await lint({ ...soundCatalog(), [file]: { resourceType: 'Library' } }))).toEqual([
      'questionnaire.json#resourceType',
    ]);
    const { url: _, ...withoutUrl } = soundQuestionnaire();
    expect(where(await lint({ ...soundCatalog(), [file]: withoutUrl }))).toEqual(['questionnaire.json#url']);
    const item = [
      { linkId: 'start', text: 'Start', type: 'boolean' },
      { linkId: 'start', text: 'Again', type: 'boolean' },
    ];
    const problems = await lint({ ...soundCatalog(), [file]: { ...soundQuestionnaire(), item } });
    expect(where(problems)[0]).toMatch(/^questionnaire\.json#item/);
  });

  test('refuses a value set that is none', async () => {
    const contents = {
      ...soundCatalog(),
      [`${folder}/valuesets/a.json`]: [],
      [`${folder}/valuesets/b.txt`]: '',
    };
    expect(where(await lint(contents))).toEqual(['b.txt#', 'a.json#resourceType']);
  });
});

describe('a condition on an option that does not exist', () => {
  const file = `${folder}/questionnaire.json`;
  const [start, drug] = soundQuestionnaire().item;
  const enableWhen = [{ question: 'drug', operator: '=', answerCoding: { code: 'c' } }];
  const contents = {
    ...soundCatalog(),
    [file]: {
      ...soundQuestionnaire(),
      item: [start, drug, { linkId: 'reason', text: 'Reason', type: 'string', enableWhen }],
    },
  };

  test('is a notice in a questionnaire, which may be one that somebody published', async () => {
    expect(await lint(contents)).toEqual([]);
    expect(await lint(contents, 'notices')).toEqual([
      {
        file,
        path: 'item[2].enableWhen[0]',
        message: '"drug" has no option equal to this value.',
        mend: 'Compare with one of its options.',
      },
    ]);
  });

  test.each<[string, object]>([
    ['value', { operator: '=', value: 'c' }],
    ['oneOf[0]', { oneOf: ['c'] }],
    ['startsWith[1]', { startsWith: ['a', 'c'] }],
  ])(
    'is a problem at %s of a rule, which is written for this very questionnaire',
    async (path, condition) => {
      const when = { key: 'questionnaire.drug', ...condition };
      expect(where(await lintTemplate({ requirementGroups: [{ ...group, when }] }))).toEqual([
        `template.json#requirementGroups[0].when.${path}`,
      ]);
    },
  );
});

describe('lint of an example', () => {
  const lintExample = (part: object) =>
    lint({ ...soundCatalog(), [`${folder}/cases/complete.json`]: { ...soundExample(), ...part } });
  const [start] = soundExample().answers.item;
  const coverage = { ...soundExample().case.coverage, planType: 'medicare' };
  const closedBranch = { item: [start, { linkId: 'reason', answer: [{ valueString: 'x' }] }] };

  test.each<[string, object]>([
    ['expect.submittable', { expect: { submittable: false } }],
    ['expect.issues', { expect: { issues: [{ field: 'attachments', code: 'document_missing' }] } }],
    ['expect.issues', { answers: undefined, expect: { issues: [] } }],
    ['expect.issuesInclude', { expect: { issuesInclude: [{ field: 'x', code: 'required' }] } }],
    ['expect.enabled', { expect: { enabled: ['reason'] } }],
    ['expect.disabled', { expect: { disabled: ['drug'] } }],
    ['expect.required', { expect: { required: ['drug'] } }],
    ['expect.notRequired', { expect: { notRequired: ['start'] } }],
    ['expect.disabled', { expect: { disabled: ['misspelt'] } }],
    ['expect.groups', { expect: { groups: { misspelt: 'inactive' } } }],
    ['expect.groups.reason-needed', { expect: { groups: { 'reason-needed': 'satisfied' } } }],
    ['expect.documents.documents.note', { expect: { documents: { 'documents.note': 'satisfied' } } }],
    [
      'expect.context.context.providers.prescribing',
      { expect: { context: { 'context.providers.prescribing': 'missing' } } },
    ],
    ['expect.cleared', { expect: { cleared: ['reason'] } }],
    ['expect.rejected', { expect: { rejected: { kind: 'invalid' } } }],
    ['expect.rejected.kind', { answers: closedBranch, expect: { rejected: { kind: 'invalid' } } }],
    [
      'expect.rejected.rejections',
      { answers: closedBranch, expect: { rejected: { kind: 'not_enabled', rejections: [] } } },
    ],
    [
      'answers',
      {
        answers: { item: [{ linkId: 'start', answer: [{ valueString: 'yes' }] }] },
        expect: { submittable: false },
      },
    ],
    ['case', { case: { ...soundExample().case, coverage } }],
    [
      'case.patient',
      { case: { ...soundExample().case, patient: { ...soundExample().case.patient, age: 37 } } },
    ],
    ['expect', { expect: {} }],
    ['', { expects: {} }],
  ])('finds a problem at "%s" of %j', async (path, part) => {
    expect(where(await lintExample(part))).toEqual([`complete.json#${path}`]);
  });

  test('follows successive answers, clearing and refusal', async () => {
    const no = { linkId: 'start', answer: [{ valueBoolean: false }] };
    const reason = { linkId: 'reason', answer: [{ valueString: 'Because.' }] };
    const before = { item: [no, reason] };
    expect(
      await lintExample({
        answers: [before],
        expect: { submittable: true, groups: { 'reason-needed': 'satisfied' } },
      }),
    ).toEqual([]);
    expect(
      await lintExample({
        answers: [before, { item: [start] }],
        expect: { cleared: ['reason'], disabled: ['reason'] },
      }),
    ).toEqual([]);
    const rejected = {
      kind: 'not_enabled',
      rejections: [{ field: 'questionnaireResponse.items.reason', code: 'not_enabled' }],
    };
    expect(
      await lintExample({
        answers: [{ item: [start] }, { item: [reason] }],
        expect: { rejected, submittable: true },
      }),
    ).toEqual([]);
  });

  test('names the place where the JSON breaks', async () => {
    const [problem] = await lint({ ...soundCatalog(), [`${folder}/cases/complete.json`]: '{"name": }' });
    expect(problem?.message).toMatch(/not JSON \(.*position|token/);
  });
});
