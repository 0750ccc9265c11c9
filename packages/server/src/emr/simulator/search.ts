/** FHIR R4 search over the simulator's records, as far as a connector needs it. */

import { isObject, type JsonObject, member, objects, text } from '../fhir-rest/json-values.ts';
import type { FhirResource } from './fhir-resource.ts';
import { type Answer, refusal } from './outcomes.ts';
import type { Records } from './records.ts';

type Matches = (resource: FhirResource, value: string) => boolean;

const byId: Matches = (resource, value) => value.split(',').includes(resource.id);

/** A single reference element, or a list of them. */
function byReference(element: string, type: string): Matches {
  return (resource, value) => {
    const found = member(resource, element);
    const references = (Array.isArray(found) ? found : [found]).map((item) => text(item, 'reference'));
    return references.some((reference) => reference === `${type}/${value}` || reference === value);
  };
}

/** `system|value` or `value`, with the escapes of R4, 3.1.1.4.1. */
const byIdentifier: Matches = (resource, value) => {
  const parts = value.split(/(?<!\\)\|/).map((part) => part.replaceAll(/\\(.)/g, '$1'));
  const [system, identifier] = parts.length > 1 ? parts : [undefined, parts[0]];
  return objects(resource, 'identifier').some(
    (candidate) => candidate.value === identifier && (system === undefined || candidate.system === system),
  );
};

const byPatientParticipant: Matches = (resource, value) =>
  objects(resource, 'participant').some((participant) =>
    [`Patient/${value}`, value].includes(text(member(participant, 'actor'), 'reference') ?? ''),
  );

const byItemEncounter: Matches = (resource, value) =>
  objects(resource, 'item').some((item) =>
    objects(item, 'encounter').some(
      ({ reference }) => reference === `Encounter/${value}` || reference === value,
    ),
  );

const bySubject = { patient: byReference('subject', 'Patient'), subject: byReference('subject', 'Patient') };

/** Search parameters by type; `_id` and `_lastUpdated` come on top. */
export const searchParameters: Readonly<Record<string, Readonly<Record<string, Matches>>>> = {
  Patient: { identifier: byIdentifier },
  Appointment: { patient: byPatientParticipant },
  Encounter: { appointment: byReference('appointment', 'Appointment'), ...bySubject },
  Condition: { encounter: byReference('encounter', 'Encounter'), ...bySubject },
  ChargeItem: { context: byReference('context', 'Encounter'), ...bySubject },
  Coverage: {
    patient: byReference('beneficiary', 'Patient'),
    beneficiary: byReference('beneficiary', 'Patient'),
  },
  Claim: {
    identifier: byIdentifier,
    patient: byReference('patient', 'Patient'),
    encounter: byItemEncounter,
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

const byLastUpdated: Matches = (resource, value) => {
  const [, prefix = 'eq', instant = ''] = /^(eq|ge|gt|le|lt)?(.*)$/.exec(value) ?? [];
  return comparisons[prefix]?.(stampOf(resource), Date.parse(instant)) ?? false;
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
  const known: Readonly<Record<string, Matches>> = {
    _id: byId,
    _lastUpdated: byLastUpdated,
    ...searchParameters[type],
  };
  const unknown = [...parameters.keys()].filter((name) => !Object.hasOwn(known, name) && !controls.has(name));
  if (strict && unknown.length > 0) return refusal(400, { code: 'not-supported' });
  const used = [...parameters].filter(([name]) => !unknown.includes(name));
  const filters = used.filter(([name]) => Object.hasOwn(known, name));
  const found = records
    .list(type)
    .filter((resource) => filters.every(([name, value]) => known[name]?.(resource, value)))
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
