import type { CompiledItem } from '../../questionnaire/compiled-questionnaire.ts';
import type { AnswerValue, Quantity } from '../../questionnaire/types.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-03-13` as `Mar 13, 2026`: no reader takes it for the 3rd of a 13th month. Partial FHIR dates stay partial. */
export function printDate(date: string): string {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date) ?? [];
  const monthName = month === undefined ? undefined : months[Number(month) - 1];
  if (year === undefined || (month !== undefined && monthName === undefined)) return date;
  if (monthName === undefined) return year;
  return day === undefined ? `${monthName} ${year}` : `${monthName} ${Number(day)}, ${year}`;
}

/** An RFC 3339 instant at the offset it was written with: `Mar 13, 2026, 14:05 UTC`. */
export function printInstant(instant: string): string {
  const [, date, time, offset] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(instant) ?? [];
  if (date === undefined || time === undefined) return printDate(instant);
  const zone = offset === undefined ? '' : offset === 'Z' ? ' UTC' : ` UTC${offset}`;
  return `${printDate(date)}, ${time}${zone}`;
}

/** The US order with slashes, for form fields laid out for it: `03/13/2026`. */
export function printSlashDate(date: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(date) ?? [];
  return year === undefined ? date : `${month}/${day}/${year}`;
}

/** What a person reads for an answer. A Coding shows the label of its option, else its display, else its code. */
export function printAnswer(answer: AnswerValue, item?: CompiledItem): string {
  const option = item?.options?.find(answer);
  if (option !== undefined) return option.label;
  if (answer.valueBoolean !== undefined) return answer.valueBoolean ? 'Yes' : 'No';
  if (answer.valueCoding !== undefined) return answer.valueCoding.display ?? answer.valueCoding.code ?? '';
  if (answer.valueQuantity !== undefined) return printQuantity(answer.valueQuantity);
  if (answer.valueAttachment !== undefined) return answer.valueAttachment.title ?? answer.valueAttachment.url;
  if (answer.valueDate !== undefined) return printDate(answer.valueDate);
  if (answer.valueDateTime !== undefined) return printInstant(answer.valueDateTime);
  if (answer.valueTime !== undefined) return answer.valueTime.replace(/^(\d{2}:\d{2}):00$/, '$1');
  const number = answer.valueInteger ?? answer.valueDecimal;
  if (number !== undefined) return withUnit(String(number), item);
  return answer.valueString ?? answer.valueUri ?? '';
}

function printQuantity({ comparator, value, unit, code }: Quantity): string {
  return [comparator, value, unit ?? code].filter((part) => part !== undefined && part !== '').join(' ');
}

/** A number question may name the one unit it counts in. */
function withUnit(number: string, item: CompiledItem | undefined): string {
  const [unit, second] = item?.units ?? [];
  return unit === undefined || second !== undefined
    ? number
    : `${number} ${unit.display ?? unit.code ?? ''}`.trim();
}

const acronyms = new Map([
  ['icd_10', 'ICD-10'],
  ['icd_10_cm', 'ICD-10-CM'],
  ['icd10', 'ICD-10'],
  ['hcpcs', 'HCPCS'],
  ['cpt', 'CPT'],
  ['ndc', 'NDC'],
  ['npi', 'NPI'],
  ['tin', 'TIN'],
  ['dea', 'DEA'],
  ['mrn', 'MRN'],
  ['ssn', 'SSN'],
  ['hmo', 'HMO'],
  ['ppo', 'PPO'],
  ['rxnorm', 'RxNorm'],
  ['snomed', 'SNOMED CT'],
]);

/** A wire word such as `home_infusion` as a person writes it: `Home infusion`. */
export function printWord(word: string): string {
  const known = acronyms.get(word.toLowerCase());
  if (known !== undefined) return known;
  const spaced = word.replace(/[_-]+/g, ' ').trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
