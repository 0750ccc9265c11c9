import { isBelow, isBeyond, readLimit } from './answer-limits.ts';
import { findUnit } from './canonical-answer.ts';
import type { AnswerCheck, OptionSet } from './compiled-questionnaire.ts';
import type { DefinitionReport } from './definition-problems.ts';
import type { ItemExtensions } from './item-extensions.ts';
import type { DraftItem } from './read-definition.ts';
import { compilePattern } from './text-pattern.ts';
import type { AnswerIssueCode, AnswerRule, AnswerValue, Coding } from './types.ts';

interface CheckContext {
  readonly item: DraftItem;
  /** How messages name the item. */
  readonly name: string;
  readonly extensions: ItemExtensions;
  readonly report: DefinitionReport;
  readonly checks: AnswerCheck[];
}

const bytesPerMegabyte = 1_000_000;

/**
 * The rules an item sets for answers that are present, prepared once. Each is reported at most once per question,
 * however many of its answers break it.
 */
export function compileChecks(
  item: DraftItem,
  extensions: ItemExtensions,
  options: OptionSet | undefined,
  units: readonly Coding[],
  report: DefinitionReport,
): readonly AnswerCheck[] {
  const name = `"${shorten(item.text ?? item.linkId)}"`;
  const context: CheckContext = { item, name, extensions, report, checks: [] };
  if (item.type === 'group' || item.type === 'display') return [];
  addOptionChecks(context, options);
  addTextChecks(context);
  addLimitChecks(context);
  addUnitCheck(context, units);
  addAttachmentChecks(context);
  addCountCheck(context);
  return context.checks;
}

function shorten(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199).toWellFormed()}…`;
}

/** Adds a rule that each answer must keep by itself. */
function addCheck(
  context: CheckContext,
  code: AnswerIssueCode,
  ruleType: AnswerRule,
  rest: string,
  isBroken: (answer: AnswerValue) => boolean,
): void {
  const message = `${context.name} ${rest}.`;
  context.checks.push({ code, ruleType, message, isBrokenBy: (answers) => answers.some(isBroken) });
}

function addOptionChecks(context: CheckContext, options: OptionSet | undefined): void {
  if (options === undefined) return;
  const isOutside = (answer: AnswerValue): boolean => {
    if (options.open && answer.valueString !== undefined) return false;
    return options.find(answer) === undefined;
  };
  addCheck(context, 'invalid_option', 'value_set', 'must be one of the listed options', isOutside);
  if (!options.list.some((option) => option.exclusive)) return;
  const message = `${context.name} has an option that excludes all others, so it must stand alone.`;
  context.checks.push({
    code: 'invalid_option',
    ruleType: 'value_set',
    message,
    isBrokenBy: (answers) =>
      answers.length > 1 && answers.some((answer) => options.find(answer)?.exclusive === true),
  });
}

function addTextChecks(context: CheckContext): void {
  const { item, extensions, report } = context;
  const { maxLength } = item;
  const { minLength, regex, maxDecimalPlaces } = extensions;
  if (maxLength !== undefined) {
    addCheck(context, 'out_of_range', 'range', `must not be longer than ${maxLength} characters`, (answer) =>
      isLonger(textOf(answer), maxLength),
    );
  }
  if (minLength !== undefined && minLength > 0) {
    addCheck(context, 'out_of_range', 'range', `must be at least ${minLength} characters long`, (answer) => {
      const text = textOf(answer);
      return text !== undefined && !isLonger(text, minLength - 1);
    });
  }
  if (regex !== undefined) {
    const matches = compilePattern(regex.pattern, regex.path, report);
    if (!typesWithText.has(item.type)) {
      report.addProblem(regex.path, `A regex means nothing on a ${item.type} item.`, 'Remove it.');
    }
    addCheck(context, 'invalid_format', 'format', 'is not in the format this form asks for', (answer) => {
      const text = textOf(answer);
      return text !== undefined && !matches(text);
    });
  }
  if (maxDecimalPlaces !== undefined) {
    addCheck(
      context,
      'invalid_format',
      'format',
      `must have at most ${maxDecimalPlaces} decimal places`,
      (answer) => {
        const value = answer.valueDecimal ?? answer.valueQuantity?.value;
        return value !== undefined && countDecimalPlaces(value) > maxDecimalPlaces;
      },
    );
  }
}

const typesWithText: ReadonlySet<string> = new Set([
  'string',
  'text',
  'url',
  'open-choice',
  'integer',
  'decimal',
  'date',
  'dateTime',
  'time',
]);

/** What length and regex rules look at; numbers as JSON writes them. Choices and files have no text of their own. */
function textOf(answer: AnswerValue): string | undefined {
  const number = answer.valueInteger ?? answer.valueDecimal;
  if (number !== undefined) return String(number);
  return (
    answer.valueString ?? answer.valueUri ?? answer.valueDate ?? answer.valueDateTime ?? answer.valueTime
  );
}

/** FHIR speaks of characters: Unicode code points here, so that an emoji counts once. */
function isLonger(text: string | undefined, limit: number): boolean {
  if (text === undefined || text.length <= limit) return false;
  if (text.length > 2 * limit) return true;
  let count = 0;
  for (const _ of text) count += 1;
  return count > limit;
}

function countDecimalPlaces(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const digits = mantissa.split('.')[1]?.length ?? 0;
  return Math.max(0, digits - Number(exponent));
}

function addLimitChecks(context: CheckContext): void {
  const { item, extensions, report } = context;
  const minimum = readLimit(item, extensions.minimum, report);
  const maximum = readLimit(item, extensions.maximum, report);
  if (minimum !== undefined && maximum !== undefined && isBelow(maximum.value, minimum)) {
    report.addProblem(
      item.path,
      'The smallest allowed value is greater than the largest.',
      'Correct one of them.',
    );
  }
  if (minimum !== undefined) {
    addCheck(context, 'out_of_range', 'range', `must not be ${minimum.less} ${minimum.label}`, (answer) =>
      isBelow(answer, minimum),
    );
  }
  if (maximum !== undefined) {
    addCheck(context, 'out_of_range', 'range', `must not be ${maximum.more} ${maximum.label}`, (answer) =>
      isBeyond(answer, maximum),
    );
  }
}

function addUnitCheck(context: CheckContext, units: readonly Coding[]): void {
  if (context.item.type !== 'quantity' || units.length === 0) return;
  const names = units.map(({ display, code }) => display ?? code).join(', ');
  addCheck(context, 'invalid_option', 'value_set', `must be given in ${names}`, ({ valueQuantity }) => {
    return valueQuantity !== undefined && findUnit(valueQuantity, units) === undefined;
  });
}

function addAttachmentChecks(context: CheckContext): void {
  const { mimeTypes, maxSize } = context.extensions;
  if (context.item.type !== 'attachment') return;
  if (mimeTypes.length > 0) {
    addCheck(
      context,
      'invalid_format',
      'format',
      `must be a file of type ${mimeTypes.join(', ')}`,
      (answer) => {
        const contentType = answer.valueAttachment?.contentType;
        return (
          contentType !== undefined && !mimeTypes.some((mimeType) => fitsMimeType(contentType, mimeType))
        );
      },
    );
  }
  if (maxSize !== undefined) {
    addCheck(context, 'out_of_range', 'range', `must be a file of at most ${maxSize} MB`, (answer) => {
      return (answer.valueAttachment?.size ?? 0) > maxSize * bytesPerMegabyte;
    });
  }
}

/** `image/*` stands for a whole family; parameters such as `; charset=utf-8` do not matter. */
function fitsMimeType(contentType: string, mimeType: string): boolean {
  const bare = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return mimeType.endsWith('/*') ? bare.startsWith(mimeType.slice(0, -1)) : bare === mimeType;
}

function addCountCheck(context: CheckContext): void {
  const { maxOccurs } = context.extensions;
  if (maxOccurs === undefined) return;
  const message = `${context.name} must not have more than ${maxOccurs} ${maxOccurs === 1 ? 'answer' : 'answers'}.`;
  context.checks.push({
    code: 'out_of_range',
    ruleType: 'range',
    message,
    isBrokenBy: (answers) => answers.length > maxOccurs,
  });
}
