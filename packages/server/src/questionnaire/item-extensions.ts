import { isInteger, isValueFault, readValue } from './answer-values.ts';
import type { DefinitionReport } from './definition-problems.ts';
import { extensionUrls, isEnableWhenExpression, isUnevaluated } from './extension-urls.ts';
import type { ValueKey } from './item-types.ts';
import { isJsonObject } from './json.ts';
import type { DraftItem, LocatedExtension } from './read-definition.ts';
import type { AnswerValue, Coding } from './types.ts';

/** What the extensions of one item say, in the engine's words. Bounds keep the path they were written at. */
export interface ItemExtensions {
  hidden: boolean;
  minOccurs?: number;
  maxOccurs?: number;
  minLength?: number;
  regex?: { readonly pattern: string; readonly path: string };
  minimum?: Bound;
  maximum?: Bound;
  maxDecimalPlaces?: number;
  mimeTypes: string[];
  /** Megabytes of 1,000,000 bytes. */
  maxSize?: number;
  unit?: Coding;
  unitOptions: Coding[];
  unitValueSet?: { readonly canonical: string; readonly path: string };
}

export interface Bound {
  readonly value: AnswerValue;
  readonly path: string;
}

/** Reads the extensions of an item. What cannot be honoured is a problem or a notice, never silence. */
export function readItemExtensions(item: DraftItem, report: DefinitionReport): ItemExtensions {
  const facts: ItemExtensions = { hidden: false, mimeTypes: [], unitOptions: [] };
  for (const extension of item.extension) readExtension(extension, facts, report);
  return facts;
}

/** Reports extensions of the questionnaire or of a part of an item that are refused or not evaluated. */
export function reportUnreadExtension({ url, path }: LocatedExtension, report: DefinitionReport): void {
  if (isEnableWhenExpression(url)) {
    report.addProblem(
      path,
      'enableWhenExpression is not supported: this engine evaluates no FHIRPath.',
      'Write the condition as enableWhen, or move it into a requirement group of the template.',
    );
  } else if (isUnevaluated(url)) {
    report.addNotice(
      path,
      `${url} is not evaluated.`,
      'Expect the answer by hand, or write the rule in the template.',
    );
  }
}

type CountName = 'minOccurs' | 'maxOccurs' | 'minLength' | 'maxDecimalPlaces';

const countNames: ReadonlyMap<string, CountName> = new Map([
  [extensionUrls.minOccurs, 'minOccurs'],
  [extensionUrls.maxOccurs, 'maxOccurs'],
  [extensionUrls.minLength, 'minLength'],
  [extensionUrls.maxDecimalPlaces, 'maxDecimalPlaces'],
]);

function readExtension(extension: LocatedExtension, facts: ItemExtensions, report: DefinitionReport): void {
  const { url } = extension;
  const countName = countNames.get(url);
  if (countName !== undefined) {
    assign(facts, countName, readNonNegative(extension, report));
  } else if (url === extensionUrls.hidden) {
    assign(facts, 'hidden', readBoolean(extension, report));
  } else if (url === extensionUrls.maxSize) {
    assign(facts, 'maxSize', readMegabytes(extension, report));
  } else if (url === extensionUrls.minValue || url === extensionUrls.minQuantity) {
    assign(facts, 'minimum', readBound(extension, report));
  } else if (url === extensionUrls.maxValue || url === extensionUrls.maxQuantity) {
    assign(facts, 'maximum', readBound(extension, report));
  } else {
    readTextExtension(extension, facts, report);
  }
}

function readTextExtension(
  extension: LocatedExtension,
  facts: ItemExtensions,
  report: DefinitionReport,
): void {
  const { url, path } = extension;
  if (url === extensionUrls.regex) {
    const pattern = readMember(extension, 'valueString', report);
    if (pattern !== undefined) facts.regex = { pattern, path };
  } else if (url === extensionUrls.mimeType) {
    const mimeType = readMember(extension, 'valueCode', report);
    if (mimeType !== undefined) facts.mimeTypes.push(mimeType.toLowerCase());
  } else if (url === extensionUrls.unit) {
    assign(facts, 'unit', readUnit(extension, report));
  } else if (url === extensionUrls.unitOption) {
    const unit = readUnit(extension, report);
    if (unit !== undefined) facts.unitOptions.push(unit);
  } else if (url === extensionUrls.unitValueSet) {
    const canonical = readMember(extension, 'valueCanonical', report);
    if (canonical !== undefined) facts.unitValueSet = { canonical, path };
  } else {
    reportUnreadExtension(extension, report);
  }
}

function assign<Name extends keyof ItemExtensions>(
  facts: ItemExtensions,
  name: Name,
  value: ItemExtensions[Name] | undefined,
): void {
  if (value !== undefined) facts[name] = value;
}

function readBoolean({ raw, path }: LocatedExtension, report: DefinitionReport): boolean | undefined {
  const value = raw.valueBoolean;
  if (typeof value === 'boolean') return value;
  reportMember(path, 'valueBoolean', report);
  return undefined;
}

function readNonNegative({ raw, path }: LocatedExtension, report: DefinitionReport): number | undefined {
  const value = raw.valueInteger;
  if (isInteger(value) && value >= 0) return value;
  reportMember(path, 'valueInteger (not negative)', report);
  return undefined;
}

function readMegabytes({ raw, path }: LocatedExtension, report: DefinitionReport): number | undefined {
  const value = raw.valueDecimal;
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  reportMember(path, 'valueDecimal (megabytes, above zero)', report);
  return undefined;
}

function readMember(
  { raw, path }: LocatedExtension,
  name: string,
  report: DefinitionReport,
): string | undefined {
  const value = raw[name];
  if (typeof value === 'string' && value !== '') return value;
  reportMember(path, name, report);
  return undefined;
}

/** Units of published forms often have no code; their display is then what answers are compared with. */
function readUnit({ raw, path }: LocatedExtension, report: DefinitionReport): Coding | undefined {
  const coding = raw.valueCoding;
  if (isJsonObject(coding)) {
    const value = readValue('valueCoding', { ...coding, code: coding.code ?? coding.display });
    if (!isValueFault(value) && value.valueCoding !== undefined) {
      const { code: _, ...withoutCode } = value.valueCoding;
      return coding.code === undefined ? withoutCode : value.valueCoding;
    }
  }
  reportMember(path, 'valueCoding with a code or a display', report);
  return undefined;
}

const boundKeys: readonly ValueKey[] = [
  'valueInteger',
  'valueDecimal',
  'valueDate',
  'valueDateTime',
  'valueTime',
  'valueQuantity',
];

function readBound({ raw, path }: LocatedExtension, report: DefinitionReport): Bound | undefined {
  const key = boundKeys.find((name) => raw[name] !== undefined);
  const value = key === undefined ? undefined : readValue(key, raw[key]);
  if (value !== undefined && !isValueFault(value)) return { value, path };
  reportMember(path, `well-formed ${boundKeys.join(', ')}`, report);
  return undefined;
}

function reportMember(path: string, name: string, report: DefinitionReport): void {
  report.addProblem(path, `The extension has no ${name}.`, 'Give the value the extension is defined with.');
}
