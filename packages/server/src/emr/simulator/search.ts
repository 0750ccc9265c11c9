/** FHIR R4 search over the simulator's records, as far as a connector needs it. */

import { isObject, type JsonObject, member, objects, text } from '../fhir-rest/json-values.ts';
import type { FhirResource } from './fhir-resource.ts';
import { type Answer, refusal } from './outcomes.ts';
import type { Records } from './records.ts';

/** How a parameter is answered. */
interface Parameter {
  /** What a record that matches names, in the terms of `Records.naming`; undefined: every record is looked at. */
  names?(value: string): string | undefined;
  matches(resource: FhirResource, value: string): boolean;
}

const byId: Parameter = { matches: (resource, value) => value.split(',').includes(resource.id) };

/**
 * A reference in an element: `1`, `Encounter/1`.
 * @param path the element, or a list element and the one within it
 */
function byReference(path: readonly [string, string?], type: string): Parameter {
  const nameOf = (value: string) => (value.includes('/') ? value : `${type}/${value}`);
  return {
    names: nameOf,
    matches: (resource, value) =>
      elementsAt(resource, path).some((element) => text(element, 'reference') === nameOf(value)),
  };
}

function elementsAt(resource: FhirResource, [first, second]: readonly [string, string?]): readonly unknown[] {
  const outer = listOf(member(resource, first));
  return second === undefined ? outer : outer.flatMap((element) => listOf(member(element, second)));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** `system|value` or `value`, with the escapes of R4, 3.1.1.4.1. */
const byIdentifier: Parameter = {
  names: (value) => {
    const { system, identifier } = readToken(value);
    return system === undefined ? undefined : `${system}|${identifier}`;
  },
  matches: (resource, value) => {
    const { system, identifier } = readToken(value);
    return objects(resource, 'identifier').some(
      (candidate) => candidate.value === identifier && (system === undefined || candidate.system === system),
    );
  },
};

function readToken(value: string): { readonly system: string | undefined; readonly identifier: string } {
  const [first = '', second] = value.split(/(?<!\\)\|/).map((part) => part.replaceAll(/\\(.)/g, '$1'));
  return second === undefined
    ? { system: undefined, identifier: first }
    : { system: first, identifier: second };
}

const bySubject = {
  patient: byReference(['subject'], 'Patient'),
  subject: byReference(['subject'], 'Patient'),
};

/** Search parameters by type; `_id` and `_lastUpdated` come on top. */
export const searchParameters: Readonly<Record<string, Readonly<Record<string, Parameter>>>> = {
  Patient: { identifier: byIdentifier },
  Appointment: { patient: byReference(['participant', 'actor'], 'Patient') },
  Encounter: { appointment: byReference(['appointment'], 'Appointment'), ...bySubject },
  Condition: { encounter: byReference(['encounter'], 'Encounter'), ...bySubject },
  ChargeItem: { context: byReference(['context'], 'Encounter'), ...bySubject },
  Coverage: {
    patient: byReference(['beneficiary'], 'Patient'),
    beneficiary: byReference(['beneficiary'], 'Patient'),
  },
  Claim: {
    identifier: byIdentifier,
    patient: byReference(['patient'], 'Patient'),
    encounter: byReference(['item', 'encounter'], 'Encounter'),
  },
  Organization: {},
  Practitioner: {},
  Location: {},
};

const comparisons: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  eq: (one, other) => one === other,
  ge: (one, other) => one >= other,
  gt: (one, other) => one > other,
  le: (one, other) => one <= other,
  lt: (one, other) => one < other,
};

function stampOf(resource: FhirResource): number {
  return Date.parse(text(member(resource, 'meta'), 'lastUpdated') ?? '');
}

const byLastUpdated: Parameter = {
  matches: (resource, value) => {
    const [, prefix = 'eq', instant = ''] = /^(eq|ge|gt|le|lt)?(.*)$/.exec(value) ?? [];
    return comparisons[prefix]?.(stampOf(resource), Date.parse(instant)) ?? false;
  },
};

const controls: ReadonlySet<string> = new Set(['_count', '_sort', '_offset', '_format']);

interface SearchRequest {
  readonly type: string;
  readonly parameters: URLSearchParams;
  /** `[base]`, for links. */
  readonly baseUrl: string;
  /** `Prefer: handling=strict`: an unknown parameter is an error. Otherwise it is ignored, as FHIR has it. */
  readonly strict: boolean;
  /** A page has no more, whatever is asked for. */
  readonly pageSize: number;
}

/**
 * One page of matches. Pages are cut by position from the list as it is now, not from a snapshot: so do many servers,
 * and so a client sees what happens when a record moves between two pages.
 */
export function search(records: Records, request: SearchRequest): Answer {
  const { type, parameters, baseUrl, strict, pageSize } = request;
  const known: Readonly<Record<string, Parameter>> = {
    _id: byId,
    _lastUpdated: byLastUpdated,
    ...searchParameters[type],
  };
  const unknown = [...parameters.keys()].filter((name) => !Object.hasOwn(known, name) && !controls.has(name));
  if (strict && unknown.length > 0) return refusal(400, { code: 'not-supported' });
  const used = [...parameters].filter(([name]) => !unknown.includes(name));
  const filters = used.filter(([name]) => Object.hasOwn(known, name));
  const found = candidates(records, type, known, filters)
    .filter((resource) => filters.every(([name, value]) => known[name]?.matches(resource, value)))
    .toSorted(orderBy(parameters.get('_sort') ?? '_id'));
  const count = Math.min(wholeNumber(parameters.get('_count'), 20), pageSize);
  const offset = wholeNumber(parameters.get('_offset'), 0);
  const page = found.slice(offset, offset + count);
  const link = (position: number) => {
    const query = new URLSearchParams(used.filter(([name]) => name !== '_offset'));
    if (position > 0) query.set('_offset', String(position));
    return `${baseUrl}/${type}?${query}`;
  };
  const links = [{ relation: 'self', url: link(offset) }];
  if (offset + count < found.length) links.push({ relation: 'next', url: link(offset + count) });
  return { status: 200, body: bundle(page, found.length, links, baseUrl) };
}

/** Records that may match: those that name what one of the parameters asks for, else all. */
function candidates(
  records: Records,
  type: string,
  known: Readonly<Record<string, Parameter>>,
  filters: readonly (readonly [string, string])[],
): readonly FhirResource[] {
  for (const [name, value] of filters) {
    const named = known[name]?.names?.(value);
    if (named !== undefined) return records.naming(type, named);
  }
  return records.list(type);
}

function bundle(
  page: readonly FhirResource[],
  total: number,
  link: readonly JsonObject[],
  baseUrl: string,
): JsonObject {
  const entry = page.map((resource) => ({
    fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode: 'match' },
  }));
  return { resourceType: 'Bundle', type: 'searchset', total, link, ...(entry.length === 0 ? {} : { entry }) };
}

function orderBy(sort: string): (one: FhirResource, other: FhirResource) => number {
  const byStamp = sort.endsWith('_lastUpdated');
  const direction = sort.startsWith('-') ? -1 : 1;
  return (one, other) => {
    const difference = byStamp ? (stampOf(one) - stampOf(other)) * direction : 0;
    return difference !== 0 ? difference : one.id < other.id ? -1 : 1;
  };
}

function wholeNumber(value: string | null, otherwise: number): number {
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : otherwise;
}

export function isFhirResource(value: unknown): value is FhirResource {
  return (
    isObject(value) &&
    typeof value.resourceType === 'string' &&
    Object.hasOwn(searchParameters, value.resourceType) &&
    typeof value.id === 'string' &&
    /^[A-Za-z0-9\-.]{1,64}$/.test(value.id)
  );
}
