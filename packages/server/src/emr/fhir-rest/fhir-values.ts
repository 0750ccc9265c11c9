/** FHIR R4 data types as the connectors read them: ids, references, codings, instants. */

import { finiteNumber, type JsonObject, member, objects, text } from './json-values.ts';

/** R4 allows 64 characters of `[A-Za-z0-9-.]`; some servers issue longer ones and use the underscore. */
const idPattern = /^[A-Za-z0-9\-._]{1,128}$/;

export function isFhirId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}

export function resourceId(resource: JsonObject): string | undefined {
  const id = member(resource, 'id');
  return isFhirId(id) ? id : undefined;
}

/** The id in a literal reference to a resource of this type: relative, versioned, or absolute on this server. */
export function referredId(value: unknown, type: string, baseUrl: string): string | undefined {
  const reference = text(value, 'reference');
  if (reference === undefined) return undefined;
  const relative = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  const [referredType, id, history, , ...rest] = relative.split('/');
  if (referredType !== type || rest.length > 0) return undefined;
  if (history !== undefined && history !== '_history') return undefined;
  return isFhirId(id) ? id : undefined;
}

export interface Coding {
  readonly system: string | undefined;
  readonly code: string;
  readonly display: string | undefined;
}

/** The codings of a CodeableConcept that carry a code. */
export function codings(concept: unknown): readonly Coding[] {
  return objects(concept, 'coding').flatMap((coding) => {
    const code = text(coding, 'code');
    return code === undefined
      ? []
      : [{ system: text(coding, 'system'), code, display: text(coding, 'display') }];
  });
}

export function hasCode(concept: unknown, code: string): boolean {
  return codings(concept).some((coding) => coding.code === code);
}

/** What a CodeableConcept says to people. */
export function conceptText(concept: unknown): string | undefined {
  const [first] = codings(concept);
  return text(concept, 'text') ?? first?.display ?? first?.code;
}

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A point in time with its zone; a date alone is none. */
export function instant(value: unknown, name: string): Date | undefined {
  const found = text(value, name);
  if (found === undefined || !instantPattern.test(found)) return undefined;
  const at = new Date(found);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** A `dateTime` as written, at least a whole day: the time zone it was written in says on which day it was. */
export function dateTime(value: unknown, name: string): string | undefined {
  return calendarDate(value, name) ?? (instant(value, name) === undefined ? undefined : text(value, name));
}

/** A whole calendar date, YYYY-MM-DD, that exists. */
export function calendarDate(value: unknown, name: string): string | undefined {
  const found = text(value, name);
  if (found === undefined || !/^\d{4}-\d\d-\d\d$/.test(found)) return undefined;
  const at = new Date(`${found}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(found) ? found : undefined;
}

/** Amounts of money: not negative, with a currency. */
export interface Money {
  readonly value: number;
  readonly currency: string;
}

export function money(value: unknown): Money | undefined {
  const amount = finiteNumber(value, 'value');
  const currency = text(value, 'currency') ?? 'USD';
  return amount === undefined || amount < 0 || !/^[A-Z]{3}$/.test(currency)
    ? undefined
    : { value: amount, currency };
}

export function lastUpdated(resource: JsonObject): Date | undefined {
  return instant(member(resource, 'meta'), 'lastUpdated');
}
