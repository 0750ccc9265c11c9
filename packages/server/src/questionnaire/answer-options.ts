import { isValueFault, readValue } from './answer-values.ts';
import type { CompiledOption, OptionSet } from './compiled-questionnaire.ts';
import type { DefinitionReport } from './definition-problems.ts';
import { extensionUrls } from './extension-urls.ts';
import { reportUnreadExtension } from './item-extensions.ts';
import { isValueKey, type ValueKey, valueKeysOfType } from './item-types.ts';
import { type DraftItem, type Located, readExtensions } from './read-definition.ts';
import type { AnswerValue } from './types.ts';
import type { ValueSetResolver } from './value-sets.ts';

const optionKeys: readonly ValueKey[] = [
  'valueInteger',
  'valueDate',
  'valueTime',
  'valueString',
  'valueCoding',
];

/** The options of an item from answerOption or answerValueSet; undefined when any value will do. */
export function compileOptions(
  item: DraftItem,
  valueSets: ValueSetResolver,
  report: DefinitionReport,
): OptionSet | undefined {
  const open = item.type === 'open-choice';
  // `lintItem` reports options on a type that takes none.
  if (permittedOptionKeys(item).length === 0) return undefined;
  if (item.answerOption.length > 0) {
    const list = item.answerOption.map((entry) => readOption(entry, item, report));
    const options = list.filter((option) => option !== undefined);
    reportRepeatedOptions(item, options, report);
    return makeOptionSet(options, open);
  }
  if (item.answerValueSet === undefined) return undefined;
  const codes = valueSets.resolve(item.answerValueSet, `${item.path}.answerValueSet`, report);
  return makeOptionSet(codes?.map((coding) => optionOf({ valueCoding: coding })) ?? [], open);
}

function readOption(
  { raw, path }: Located,
  item: DraftItem,
  report: DefinitionReport,
): CompiledOption | undefined {
  const keys = Object.keys(raw).filter((key) => key.startsWith('value'));
  const [key] = keys;
  if (key === undefined || keys.length > 1 || !isValueKey(key) || !permittedOptionKeys(item).includes(key)) {
    report.addProblem(
      path,
      `An option of this ${item.type} item takes exactly one of: ${permittedOptionKeys(item).join(', ')}.`,
      'Write the option with one of these.',
    );
    return undefined;
  }
  const value = readValue(key, raw[key]);
  if (isValueFault(value)) {
    report.addProblem(`${path}.${key}`, `The option ${value.fault}.`, 'Correct the value.');
    return undefined;
  }
  let exclusive = false;
  for (const extension of readExtensions(raw, path, report)) {
    if (extension.url === extensionUrls.optionExclusive) exclusive = extension.raw.valueBoolean === true;
    else reportUnreadExtension(extension, report);
  }
  return { ...optionOf(value), exclusive, initialSelected: raw.initialSelected === true };
}

/** FHIR R4: a choice may offer any of the option types; other items offer values of their own type. */
function permittedOptionKeys({ type }: DraftItem): readonly ValueKey[] {
  if (type === 'choice' || type === 'open-choice') return optionKeys;
  return valueKeysOfType(type).filter((key) => optionKeys.includes(key));
}

function optionOf(value: AnswerValue): CompiledOption {
  return { value, label: labelOf(value), exclusive: false, initialSelected: false };
}

function labelOf({ valueCoding, valueString, valueInteger, valueDate, valueTime }: AnswerValue): string {
  const value =
    valueCoding?.display ?? valueCoding?.code ?? valueString ?? valueInteger ?? valueDate ?? valueTime;
  return String(value ?? '');
}

function reportRepeatedOptions(
  item: DraftItem,
  options: readonly CompiledOption[],
  report: DefinitionReport,
): void {
  const seen = new Set<string>();
  for (const { value } of options) {
    const key = optionKey(value, value.valueCoding?.system);
    if (seen.has(key)) {
      report.addProblem(
        `${item.path}.answerOption`,
        'Two options are the same.',
        'Give each option its own code or value.',
      );
    }
    seen.add(key);
  }
}

/**
 * A Coding answer is the option of the same system and code. An option without a system, and an answer without one,
 * match by code alone; an answer without a system that fits two options fits none.
 */
export function makeOptionSet(list: readonly CompiledOption[], open: boolean): OptionSet {
  const byText = new Map<string, CompiledOption>();
  const byValue = new Map<string | number, CompiledOption>();
  const byCode = new Map<string, CompiledOption[]>();
  for (const option of list) {
    const { valueCoding, valueString, valueInteger, valueDate, valueTime } = option.value;
    const value = valueInteger ?? valueDate ?? valueTime;
    if (valueString !== undefined) byText.set(valueString, option);
    if (value !== undefined) byValue.set(value, option);
    if (valueCoding?.code === undefined) continue;
    const sameCode = byCode.get(valueCoding.code);
    if (sameCode === undefined) byCode.set(valueCoding.code, [option]);
    else sameCode.push(option);
  }
  const find = ({ valueCoding, valueString, valueInteger, valueDate, valueTime }: AnswerValue) => {
    if (valueCoding !== undefined) return findCoding(byCode.get(valueCoding.code ?? ''), valueCoding.system);
    if (valueString !== undefined) return byText.get(valueString);
    const value = valueInteger ?? valueDate ?? valueTime;
    return value === undefined ? undefined : byValue.get(value);
  };
  return { list, open, find };
}

function findCoding(
  sameCode: readonly CompiledOption[] | undefined,
  system: string | undefined,
): CompiledOption | undefined {
  if (sameCode === undefined) return undefined;
  for (const option of sameCode) if (option.value.valueCoding?.system === system) return option;
  if (system === undefined) return sameCode.length === 1 ? sameCode[0] : undefined;
  return sameCode.find((option) => option.value.valueCoding?.system === undefined);
}

function optionKey(value: AnswerValue, system: string | undefined): string {
  const { valueCoding, valueString, valueInteger, valueDate, valueTime } = value;
  if (valueCoding !== undefined) return `c\u0000${system ?? ''}\u0000${valueCoding.code ?? ''}`;
  if (valueString !== undefined) return `s\u0000${valueString}`;
  if (valueInteger !== undefined) return `i\u0000${valueInteger}`;
  return `t\u0000${valueDate ?? valueTime ?? ''}`;
}

/** The `value[x]` members the item's answers may have, its options considered. */
export function valueKeysOf(item: DraftItem, options: OptionSet | undefined): readonly ValueKey[] {
  const own = valueKeysOfType(item.type);
  if (options === undefined || options.list.length === 0 || item.type === 'group') return own;
  const offered = new Set(options.list.flatMap(({ value }) => Object.keys(value).filter(isValueKey)));
  if (item.type === 'choice') return [...offered];
  return [...new Set([...own, ...offered])];
}
