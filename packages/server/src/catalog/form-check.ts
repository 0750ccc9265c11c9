import type { PDFDocument } from '@cantoo/pdf-lib';
import type { DefinitionProblem } from '../questionnaire/types.ts';
import { comparableValue, compileKey } from '../requirements/key-source.ts';
import { type RuleCompiler, reportProblem } from '../requirements/rule-compiler.ts';
import type { CompiledTemplate } from './compile-template.ts';
import { listRadioValues } from './field-map-check.ts';
import type { FieldMapping } from './template.ts';

interface FormField {
  readonly kind: FieldMapping['kind'] | 'other';
  /** Export values of a radio group, choices of a dropdown. */
  readonly options: readonly string[];
}

/** Holds the field map against the AcroForm in `form.pdf`. Paths are of `template.json`. */
export async function checkForm(template: CompiledTemplate): Promise<readonly DefinitionProblem[]> {
  const { fieldMap } = template.definition;
  const { form } = template.files;
  const compiler: RuleCompiler = { items: template.questionnaire.itemByLinkId, problems: [] };
  if (form === undefined) {
    if (fieldMap === undefined) return [];
    reportProblem(
      compiler,
      'fieldMap',
      'There is a field map and no form.pdf.',
      'Add the form, or remove "fieldMap".',
    );
    return compiler.problems;
  }
  if (fieldMap === undefined) {
    reportProblem(
      compiler,
      'fieldMap',
      'There is a form.pdf and no field map.',
      'Add "fieldMap", or remove the form.',
    );
    return compiler.problems;
  }
  const fields = await readFields(form);
  if (typeof fields === 'string')
    reportProblem(compiler, 'fieldMap', `form.pdf cannot be filled: ${fields}.`, 'Replace the file.');
  else {
    for (const [index, mapping] of fieldMap.entries())
      checkMapping(compiler, mapping, fields, `fieldMap[${index}]`);
  }
  return compiler.problems;
}

/** Fields by full name, or why there are none. The PDF library is loaded only when some template has a form. */
async function readFields(bytes: Uint8Array): Promise<ReadonlyMap<string, FormField> | string> {
  const { PDFDocument, PDFTextField, PDFCheckBox, PDFRadioGroup, PDFDropdown } = await import(
    '@cantoo/pdf-lib'
  );
  let document: PDFDocument;
  try {
    document = await PDFDocument.load(bytes);
  } catch {
    return 'it is damaged or protected by a password';
  }
  const fields = new Map<string, FormField>();
  for (const field of document.getForm().getFields()) {
    let described: FormField = { kind: 'other', options: [] };
    if (field instanceof PDFTextField) described = { kind: 'text', options: [] };
    else if (field instanceof PDFCheckBox) described = { kind: 'checkbox', options: [] };
    else if (field instanceof PDFRadioGroup) described = { kind: 'radio', options: field.getOptions() };
    else if (field instanceof PDFDropdown) described = { kind: 'dropdown', options: field.getOptions() };
    fields.set(field.getName(), described);
  }
  return fields.size === 0 ? 'it has no form fields' : fields;
}

function checkMapping(
  compiler: RuleCompiler,
  mapping: FieldMapping,
  fields: ReadonlyMap<string, FormField>,
  path: string,
): void {
  const field = fields.get(mapping.field);
  if (field === undefined) {
    const mend = `Fields of the form: ${listNames(fields)}.`;
    reportProblem(compiler, `${path}.field`, `form.pdf has no field "${mapping.field}".`, mend);
    return;
  }
  if (field.kind !== mapping.kind) {
    const message = `The field "${mapping.field}" is of kind ${field.kind}, not ${mapping.kind}.`;
    reportProblem(compiler, `${path}.kind`, message, 'Use the kind the form has.');
    return;
  }
  for (const { value, at } of listWrittenOptions(compiler, mapping, field)) {
    const message = `The field "${mapping.field}" has no option for "${value}".`;
    reportProblem(compiler, path + at, message, `Options of the field: ${field.options.join(', ')}.`);
  }
}

/** What the mapping would choose in the field and the field does not offer. */
function listWrittenOptions(
  compiler: RuleCompiler,
  mapping: FieldMapping,
  { options }: FormField,
): readonly { readonly value: string; readonly at: string }[] {
  if (mapping.kind === 'radio' && mapping.options !== undefined) {
    return Object.entries(mapping.options)
      .filter(([, option]) => !options.includes(option))
      .map(([value, option]) => ({ value: option, at: `.options.${value}` }));
  }
  if ((mapping.kind !== 'radio' && mapping.kind !== 'dropdown') || !('from' in mapping)) return [];
  // The key was found sound when the template was compiled.
  const source = compileKey(compiler, mapping.from, '');
  if (source?.kind !== 'question') return [];
  if (mapping.kind === 'radio') {
    return (listRadioValues(source) ?? [])
      .filter((value) => !options.includes(value))
      .map((value) => ({ value, at: '.options' }));
  }
  const { options: set } = source.item;
  if (set === undefined || set.open) return [];
  return set.list
    .map(({ value, label }) => ({ code: String(comparableValue(value)), label }))
    .filter(({ code, label }) => !options.includes(code) && !options.includes(label))
    .map(({ label }) => ({ value: label, at: '.from' }));
}

function listNames(fields: ReadonlyMap<string, FormField>): string {
  const names = [...fields.keys()];
  return names.length <= 40
    ? names.join(', ')
    : `${names.slice(0, 40).join(', ')} and ${names.length - 40} more`;
}
