import { PDFDocument } from '@cantoo/pdf-lib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Questionnaire } from '../questionnaire/types.ts';
import { soundQuestionnaire, soundTemplate } from './catalog-for-tests.ts';
import { compileKeptTemplate, tryCompileTemplate } from './compile-template.ts';
import { checkForm } from './form-check.ts';
import type { FieldMapping, TemplateDefinition, TemplateFiles } from './template.ts';

let form: Uint8Array;

beforeAll(async () => {
  const document = await PDFDocument.create();
  const page = document.addPage();
  const fields = document.getForm();
  fields.createTextField('Name').addToPage(page);
  fields.createTextField('Reason').addToPage(page);
  fields.createCheckBox('Start').addToPage(page);
  const drug = fields.createRadioGroup('Drug');
  drug.addOptionToPage('A', page);
  drug.addOptionToPage('B', page);
  const list = fields.createDropdown('DrugList');
  list.addOptions(['Drug A', 'b']);
  list.addToPage(page);
  fields.createOptionList('Others').addToPage(page);
  form = await document.save();
});

const base: readonly FieldMapping[] = [
  { field: 'Name', kind: 'text', from: 'context.patient.lastName', format: 'upper' },
  { field: 'Start', kind: 'checkbox', from: 'questionnaire.start' },
  { field: 'Reason', kind: 'text', from: 'questionnaire.reason' },
  { field: 'Drug', kind: 'radio', from: 'questionnaire.drug', options: { a: 'A', b: 'B' } },
  { field: 'DrugList', kind: 'dropdown', from: 'questionnaire.drug' },
];

function filesOf(
  fieldMap: readonly object[] | undefined,
  bytes: Uint8Array | undefined = form,
): TemplateFiles {
  // A template as it comes out of JSON: the mappings may be of no known shape, which is what is tested.
  const definition = {
    ...soundTemplate(),
    ...(fieldMap === undefined ? {} : { fieldMap }),
  } as TemplateDefinition;
  const questionnaire = soundQuestionnaire() as Questionnaire;
  return { definition, questionnaire, valueSets: [], ...(bytes === undefined ? {} : { form: bytes }) };
}

async function problemsOf(files: TemplateFiles): Promise<readonly string[]> {
  const outcome = tryCompileTemplate(files, '');
  if (outcome.kind === 'invalid') return outcome.problems.map(({ path }) => path);
  return (await checkForm(outcome.template)).map(({ path }) => path);
}

const withoutName = base.slice(1);

function replace(index: number, part: object): readonly object[] {
  return base.map((mapping, at) => (at === index ? { ...mapping, ...part } : mapping));
}

test('accepts a map whose fields and options are all in the form', async () => {
  const constant = { field: 'Name', kind: 'text', constant: 'Precert' };
  const exported = replace(3, { options: { a: 'B', b: 'A' } });
  for (const map of [base, exported, [constant, ...base.slice(1)]])
    expect(await problemsOf(filesOf(map))).toEqual([]);
});

describe('a field map', () => {
  test.each<[string, string, readonly object[]]>([
    ['fieldMap[0].field', 'a field the form has not', replace(0, { field: 'Nmae' })],
    [
      'fieldMap[4].kind',
      'another kind of field',
      [...withoutName, { field: 'Name', kind: 'dropdown', from: 'questionnaire.drug' }],
    ],
    [
      'fieldMap[5].kind',
      'a field that cannot be filled',
      [...base, { field: 'Others', kind: 'text', constant: 'x' }],
    ],
    ['fieldMap[3].options.b', 'a button the form has not', replace(3, { options: { a: 'A', b: 'C' } })],
    [
      'fieldMap[3].options',
      'codes that are no buttons',
      [
        ...base.slice(0, 3),
        { field: 'Drug', kind: 'radio', from: 'questionnaire.start', options: { true: 'A' } },
        ...base.slice(4),
      ],
    ],
    [
      'fieldMap[3].options.c',
      'a code the question has not',
      replace(3, { options: { a: 'A', b: 'B', c: 'A' } }),
    ],
    ['fieldMap[0].from', 'an unknown question', replace(0, { from: 'questionnaire.x', format: undefined })],
    ['fieldMap[0].from', 'an unknown path', replace(0, { from: 'context.patient.age' })],
    ['fieldMap[0].from', 'an object', replace(0, { from: 'context.providers.prescribing' })],
    [
      'fieldMap[0].format',
      'a date format for text',
      replace(0, { from: 'questionnaire.reason', format: 'date_us' }),
    ],
    ['fieldMap[0]', 'two fillings', replace(0, { constant: 'x' })],
    ['fieldMap[0].options', 'options of a text', replace(0, { options: { a: 'A' } })],
    ['fieldMap[1].equals', 'a tick that cannot happen', replace(1, { equals: 'yes' })],
    [
      'fieldMap[1].equals',
      'a tick without a value',
      [
        ...replace(1, { from: 'questionnaire.drug' }),
        { field: 'X', kind: 'text', from: 'questionnaire.start' },
      ],
    ],
    ['fieldMap[5].field', 'a field filled twice', [...base, { field: 'Name', kind: 'text', constant: 'x' }]],
    ['fieldMap', 'a required question left out', base.filter((_, index) => index !== 1)],
    ['fieldMap', 'a conditionally required question left out', base.filter((_, index) => index !== 2)],
  ])('is refused at %s for %s', async (path, _what, map) => {
    expect((await problemsOf(filesOf(map)))[0]).toBe(path);
  });

  test('need not hold files, which no form field can show', async () => {
    const files = filesOf(base);
    const upload = { linkId: 'upload', text: 'Upload', type: 'attachment', required: true };
    const questionnaire = { ...files.questionnaire, item: [...(files.questionnaire.item ?? []), upload] };
    expect(await problemsOf({ ...files, questionnaire })).toEqual([]);
  });

  test('without option names needs codes the form knows', async () => {
    const map = base.map((mapping) =>
      mapping.kind === 'radio' ? { field: 'Drug', kind: 'radio', from: 'questionnaire.drug' } : mapping,
    );
    expect(await problemsOf(filesOf(map))).toEqual(['fieldMap[3].options', 'fieldMap[3].options']);
  });

  test('names the dropdown choices that are missing', async () => {
    const document = await PDFDocument.load(form);
    document.getForm().getDropdown('DrugList').setOptions(['Drug A']);
    const [problem] = await checkForm(compileKeptTemplate(filesOf(base, await document.save())));
    expect(problem).toMatchObject({
      path: 'fieldMap[4].from',
      message: 'The field "DrugList" has no option for "Drug B".',
    });
  });
});

test('a form and a field map need each other', async () => {
  expect(await problemsOf(filesOf(undefined))).toEqual(['fieldMap']);
  const { form: _, ...withoutForm } = filesOf(base);
  expect(await problemsOf(withoutForm)).toEqual(['fieldMap']);
});

test('a form that is no PDF or has no fields cannot be filled', async () => {
  const blank = await PDFDocument.create();
  blank.addPage();
  for (const bytes of [new TextEncoder().encode('not a PDF'), await blank.save()]) {
    expect(await problemsOf(filesOf(base, bytes))).toEqual(['fieldMap']);
  }
});
