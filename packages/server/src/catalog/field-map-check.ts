import type { CompiledQuestionnaire } from '../questionnaire/compiled-questionnaire.ts';
import type { DefinitionProblem } from '../questionnaire/types.ts';
import { listOptionTexts, literalProblem } from '../requirements/comparison.ts';
import { compileKey, type KeySource } from '../requirements/key-source.ts';
import { type RuleCompiler, reportProblem } from '../requirements/rule-compiler.ts';
import type { RequirementGroup } from '../requirements/rules.ts';
import type { FieldMapping } from './template.ts';

/** A mapping as the schema lets it pass: which keys go with which kind is judged here. */
interface LooseMapping {
  readonly field: string;
  readonly kind: FieldMapping['kind'];
  readonly from?: string;
  readonly constant?: string;
  readonly format?: string;
  readonly equals?: string | number | boolean;
  readonly options?: Readonly<Record<string, string>>;
}

/** What can be said about a field map without opening the PDF. */
export function checkFieldMap(
  fieldMap: readonly FieldMapping[],
  questionnaire: CompiledQuestionnaire,
  groups: readonly RequirementGroup[],
): readonly DefinitionProblem[] {
  const compiler: RuleCompiler = { items: questionnaire.itemByLinkId, problems: [] };
  const seen = new Set<string>();
  fieldMap.forEach((mapping: LooseMapping, index) => {
    const path = `fieldMap[${index}]`;
    if (seen.has(mapping.field)) {
      reportProblem(
        compiler,
        `${path}.field`,
        `The field "${mapping.field}" is filled twice.`,
        'Keep one of the two.',
      );
    }
    seen.add(mapping.field);
    checkKeys(compiler, mapping, path);
    const source =
      mapping.from === undefined ? undefined : compileKey(compiler, mapping.from, `${path}.from`);
    if (source !== undefined) checkSource(compiler, mapping, source, path);
  });
  checkCoverage(compiler, fieldMap, questionnaire, groups);
  return compiler.problems;
}

const keysOfKind: Readonly<Record<FieldMapping['kind'], readonly (keyof LooseMapping)[]>> = {
  text: ['from', 'constant', 'format'],
  dropdown: ['from', 'format'],
  checkbox: ['from', 'equals'],
  radio: ['from', 'options'],
};

function checkKeys(compiler: RuleCompiler, mapping: LooseMapping, path: string): void {
  const allowed = keysOfKind[mapping.kind];
  for (const key of ['constant', 'format', 'equals', 'options'] as const) {
    if (mapping[key] === undefined || allowed.includes(key)) continue;
    const message = `A ${mapping.kind} field takes no "${key}".`;
    reportProblem(
      compiler,
      `${path}.${key}`,
      message,
      `Remove it; ${mapping.kind} knows ${allowed.join(', ')}.`,
    );
  }
  if ((mapping.from === undefined) === (mapping.constant === undefined)) {
    const mend = mapping.kind === 'text' ? 'Give either "from" or "constant".' : 'Give "from".';
    reportProblem(compiler, path, 'It is not clear what the field is filled with.', mend);
  }
}

function checkSource(compiler: RuleCompiler, mapping: LooseMapping, source: KeySource, path: string): void {
  if (source.kind === 'context' && source.path.valueKind === 'object') {
    reportProblem(
      compiler,
      `${path}.from`,
      `"${source.key}" is an object, not a value.`,
      'Go on to one of its fields.',
    );
  }
  if (mapping.kind === 'checkbox') checkCheckbox(compiler, mapping, source, path);
  if (mapping.kind === 'radio') checkRadio(compiler, mapping, source, path);
  if (mapping.format === 'date_us' && source.kind === 'question' && !/^date/.test(source.item.type)) {
    const message = `A question of type ${source.item.type} holds no date.`;
    reportProblem(compiler, `${path}.format`, message, 'Remove the format, or map a date.');
  }
}

function checkCheckbox(compiler: RuleCompiler, mapping: LooseMapping, source: KeySource, path: string): void {
  if (mapping.equals === undefined) {
    if (source.kind === 'question' && source.item.type === 'boolean') return;
    reportProblem(compiler, `${path}.equals`, 'It is not said which value ticks the box.', 'Add "equals".');
    return;
  }
  const problem = literalProblem(source, mapping.equals);
  if (problem === undefined) return;
  reportProblem(
    compiler,
    `${path}.equals`,
    `The box can never be ticked: ${problem}.`,
    'Give a value that can occur.',
  );
}

function checkRadio(
  compiler: RuleCompiler,
  { options }: LooseMapping,
  source: KeySource,
  path: string,
): void {
  const known = source.kind === 'question' ? listRadioValues(source) : undefined;
  if (known === undefined || options === undefined) return;
  for (const value of Object.keys(options)) {
    if (known.includes(value)) continue;
    const message = `"${value}" is no possible answer.`;
    reportProblem(
      compiler,
      `${path}.options.${value}`,
      message,
      `Use the codes of the question: ${known.join(', ')}.`,
    );
  }
  for (const value of known) {
    if (Object.hasOwn(options, value)) continue;
    reportProblem(
      compiler,
      `${path}.options`,
      `The answer "${value}" has no button.`,
      'Add it to "options".',
    );
  }
}

/** The texts a radio group chooses by; undefined when any text may be answered. */
export function listRadioValues(source: KeySource): readonly string[] | undefined {
  if (source.kind === 'context') return undefined;
  return source.item.type === 'boolean' ? ['true', 'false'] : listOptionTexts(source.item);
}

/** Files cannot be written into a form field; every other question that can be required must reach the form. */
function checkCoverage(
  compiler: RuleCompiler,
  fieldMap: readonly FieldMapping[],
  { questionsInOrder }: CompiledQuestionnaire,
  groups: readonly RequirementGroup[],
): void {
  const mapped = new Set(fieldMap.flatMap((mapping) => ('from' in mapping ? [mapping.from] : [])));
  const asked = new Set(
    groups
      .filter(({ kind }) => kind === 'required' || kind === 'conditional')
      .flatMap((group) => group.fieldKeys),
  );
  for (const { linkId, type, required } of questionsInOrder) {
    const key = `questionnaire.${linkId}`;
    if (mapped.has(key) || type === 'attachment' || !(required || asked.has(key))) continue;
    const message = `The question "${linkId}" can be required and no field of the form shows its answer.`;
    reportProblem(compiler, 'fieldMap', message, `Map a field from "${key}".`);
  }
}
