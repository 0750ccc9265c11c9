import { isValueFault, readValue } from './answer-values.ts';
import type { DefinitionReport } from './definition-problems.ts';
import { reportUnreadExtension } from './item-extensions.ts';
import { isValueKey, type ValueKey } from './item-types.ts';
import { isJsonObject } from './json.ts';
import { type DraftItem, type Located, readExtensions } from './read-definition.ts';
import type { AnswerValue } from './types.ts';

/** The values of `initial[x]`; those of another type than the item's are reported (FHIR R4, que-8). */
export function readInitial(
  item: DraftItem,
  valueKeys: readonly ValueKey[],
  report: DefinitionReport,
): readonly AnswerValue[] {
  const values = item.initial.map((entry) => readInitialValue(entry, valueKeys, report));
  return values.filter((value) => value !== undefined);
}

function readInitialValue(
  { raw, path }: Located,
  valueKeys: readonly ValueKey[],
  report: DefinitionReport,
): AnswerValue | undefined {
  const extensions = readExtensions(raw, path, report);
  for (const extension of extensions) reportUnreadExtension(extension, report);
  const keys = Object.keys(raw).filter((key) => key.startsWith('value'));
  const [key] = keys;
  // An expression in an extension stands in for the value; it is not evaluated, which was noticed above.
  if (key === undefined && extensions.length > 0) return undefined;
  if (key === undefined || keys.length > 1 || !isValueKey(key) || !valueKeys.includes(key)) {
    report.addProblem(
      path,
      'The initial value has another type than the item.',
      `Use ${valueKeys.join(' or ')}.`,
    );
    return undefined;
  }
  const quantity = raw.valueQuantity;
  if (isJsonObject(quantity) && quantity.value === undefined) {
    report.addNotice(
      path,
      'The initial quantity has no value, so it is no answer.',
      'Name the unit by questionnaire-unit.',
    );
    return undefined;
  }
  const value = readValue(key, raw[key]);
  if (!isValueFault(value)) return value;
  report.addProblem(`${path}.${key}`, `The initial value ${value.fault}.`, 'Correct the value.');
  return undefined;
}
