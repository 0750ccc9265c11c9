import { isObject } from '../fhir-rest/json-values.ts';
import type { FhirResource } from './fhir-resource.ts';

/** The EMR's records in memory: what the seed and the ledger say. */
export interface Records {
  get(type: string, id: string): FhirResource | undefined;
  list(type: string): readonly FhirResource[];
  /** Records of the type that name this anywhere: a reference such as `Patient/1`, or an identifier `system|value`. */
  naming(type: string, name: string): readonly FhirResource[];
  put(resource: FhirResource): void;
}

export function createRecords(resources: readonly FhirResource[]): Records {
  const byType = new Map<string, Map<string, FhirResource>>();
  /** By type and name: with thousands of visits a look at each record would be most of the work. */
  const byName = new Map<string, Set<string>>();

  function forget(resource: FhirResource): void {
    for (const name of namesIn(resource)) byName.get(`${resource.resourceType} ${name}`)?.delete(resource.id);
  }

  const records: Records = {
    get: (type, id) => byType.get(type)?.get(id),
    list: (type) => [...(byType.get(type)?.values() ?? [])],
    naming: (type, name) =>
      [...(byName.get(`${type} ${name}`) ?? [])].flatMap((id) => records.get(type, id) ?? []),
    put(resource) {
      const { resourceType: type, id } = resource;
      const ofType = byType.get(type) ?? new Map<string, FhirResource>();
      const before = ofType.get(id);
      if (before !== undefined) forget(before);
      byType.set(type, ofType.set(id, resource));
      for (const name of namesIn(resource)) {
        const key = `${type} ${name}`;
        byName.set(key, (byName.get(key) ?? new Set()).add(id));
      }
    },
  };
  for (const resource of resources) records.put(resource);
  return records;
}

/** References and identifiers at any depth. */
function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isObject(value)) return [];
  const { reference, system, value: identifier } = value;
  const own = [
    ...(typeof reference === 'string' ? [reference] : []),
    ...(typeof system === 'string' && typeof identifier === 'string' ? [`${system}|${identifier}`] : []),
  ];
  return [...own, ...Object.values(value).flatMap(namesIn)];
}
