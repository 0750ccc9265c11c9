import { isDate, isDateTime, isTime } from './dates.ts';
import type { ValueKey } from './item-types.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { AnswerValue, AttachmentValue, Coding, Quantity } from './types.ts';

/** FHIR R4: strings SHALL NOT exceed 1024*1024 characters; counted in UTF-16 units. */
const maximumStringLength = 1024 * 1024;
const maximumInteger = 2 ** 31 - 1;
const minimumInteger = -(2 ** 31);
const comparators: readonly unknown[] = ['<', '<=', '>=', '>'];

/** Why a value was refused, in words that follow "The answer" and never repeat the value. */
export interface ValueFault {
  readonly fault: string;
}

/** The value[x] in canonical form: members the engine knows, in one fixed order. Or why it is none of its type. */
export function readValue(key: ValueKey, raw: unknown): AnswerValue | ValueFault {
  switch (key) {
    case 'valueBoolean':
      return typeof raw === 'boolean' ? { valueBoolean: raw } : { fault: 'must be true or false' };
    case 'valueInteger':
      return isInteger(raw)
        ? { valueInteger: raw + 0 }
        : { fault: 'must be a whole number of at most 32 bits' };
    case 'valueDecimal':
      // Adding zero turns -0 into 0, which JSON would write alike.
      return isFiniteNumber(raw) ? { valueDecimal: raw + 0 } : { fault: 'must be a number' };
    case 'valueDate':
      if (typeof raw === 'string' && isDate(raw)) return { valueDate: raw };
      return { fault: 'must be a date that exists, written YYYY, YYYY-MM or YYYY-MM-DD' };
    case 'valueDateTime':
      if (typeof raw === 'string' && isDateTime(raw)) return { valueDateTime: raw };
      return {
        fault: 'must be a date, or a date and time with seconds and a zone such as 2026-03-13T09:30:00Z',
      };
    case 'valueTime':
      return typeof raw === 'string' && isTime(raw)
        ? { valueTime: raw }
        : { fault: 'must be a time written hh:mm:ss' };
    case 'valueString': {
      const fault = textFault(raw);
      // `textFault` answers undefined only for strings.
      return fault === undefined ? { valueString: raw as string } : { fault };
    }
    case 'valueUri': {
      const fault = textFault(raw) ?? (/\s/.test(String(raw)) ? 'must be a URI without spaces' : undefined);
      // As above: without a fault it is a string.
      return fault === undefined ? { valueUri: raw as string } : { fault };
    }
    case 'valueCoding':
      return readCoding(raw);
    case 'valueQuantity':
      return readQuantity(raw);
    case 'valueAttachment':
      return readAttachment(raw);
  }
}

export function isValueFault(value: AnswerValue | ValueFault): value is ValueFault {
  return 'fault' in value;
}

export function isInteger(raw: unknown): raw is number {
  return typeof raw === 'number' && Number.isInteger(raw) && raw >= minimumInteger && raw <= maximumInteger;
}

export function isFiniteNumber(raw: unknown): raw is number {
  return typeof raw === 'number' && Number.isFinite(raw);
}

/** Undefined for a usable FHIR string: text with something in it, well formed, storable. */
function textFault(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return 'must be text';
  if (raw.length > maximumStringLength) return 'must not be longer than 1,048,576 characters';
  if (!/\S/.test(raw)) return 'must not be blank; send an empty answer list to clear it';
  if (!raw.isWellFormed() || raw.includes('\u0000'))
    return 'must be well-formed Unicode text without NUL characters';
  return undefined;
}

function readCoding(raw: unknown): AnswerValue | ValueFault {
  if (!isJsonObject(raw)) return { fault: 'must be a Coding, such as {"code": "yes"}' };
  const fault = membersFault(raw, ['system', 'version', 'code', 'display'], 'Coding');
  if (fault !== undefined) return { fault };
  if (raw.code === undefined) return { fault: 'must be a Coding with a code' };
  // `membersFault` has checked that each of the members is text or absent.
  return { valueCoding: canonicalCoding(raw as Coding) };
}

/** The same coding with its members in one order, so that equal codings give equal JSON. */
export function canonicalCoding({ system, version, code, display }: Coding): Coding {
  return {
    ...(system === undefined ? undefined : { system }),
    ...(version === undefined ? undefined : { version }),
    ...(code === undefined ? undefined : { code }),
    ...(display === undefined ? undefined : { display }),
  };
}

function readQuantity(raw: unknown): AnswerValue | ValueFault {
  if (!isJsonObject(raw)) return { fault: 'must be a Quantity, such as {"value": 5, "unit": "mg"}' };
  const fault = membersFault(raw, ['comparator', 'unit', 'system', 'code'], 'Quantity');
  if (fault !== undefined) return { fault };
  const { value, comparator } = raw;
  if (!isFiniteNumber(value)) return { fault: 'must be a Quantity whose value is a number' };
  if (comparator !== undefined && !comparators.includes(comparator)) {
    return { fault: 'must be a Quantity whose comparator, if any, is <, <=, >= or >' };
  }
  // The text members were checked by `membersFault`, the value above.
  return { valueQuantity: canonicalQuantity({ ...(raw as Quantity), value: value + 0 }) };
}

export function canonicalQuantity({ value, comparator, unit, system, code }: Quantity): Quantity {
  return {
    ...(value === undefined ? undefined : { value }),
    ...(comparator === undefined ? undefined : { comparator }),
    ...(unit === undefined ? undefined : { unit }),
    ...(system === undefined ? undefined : { system }),
    ...(code === undefined ? undefined : { code }),
  };
}

function readAttachment(raw: unknown): AnswerValue | ValueFault {
  if (!isJsonObject(raw)) return { fault: 'must be an Attachment, such as {"url": "file_123"}' };
  if (raw.data !== undefined) return { fault: 'must name an uploaded file by url; inline data is not taken' };
  const fault = membersFault(raw, ['url', 'contentType', 'title'], 'Attachment');
  if (fault !== undefined) return { fault };
  // The texts were found to be texts just now; the size is checked below.
  // The text members were checked by `membersFault`; the size is below.
  const { url, contentType, size, title } = raw as Partial<AttachmentValue>;
  if (url === undefined) return { fault: 'must be an Attachment with a url' };
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    return { fault: 'must be an Attachment whose size, if any, is a number of bytes' };
  }
  const valueAttachment: AttachmentValue = {
    url,
    ...(contentType === undefined ? undefined : { contentType }),
    ...(size === undefined ? undefined : { size }),
    ...(title === undefined ? undefined : { title }),
  };
  return { valueAttachment };
}

function membersFault(raw: JsonObject, names: readonly string[], type: string): string | undefined {
  for (const name of names) {
    const member = raw[name];
    if (member !== undefined && textFault(member) !== undefined) {
      return `must be a ${type} whose ${name}, if any, is text`;
    }
  }
  return undefined;
}
