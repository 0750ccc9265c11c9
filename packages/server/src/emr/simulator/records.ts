import type { FhirResource } from './fhir-resource.ts';

/** The EMR's records in memory: what the seed and the ledger say. */
export interface Records {
  get(type: string, id: string): FhirResource | undefined;
  list(type: string): readonly FhirResource[];
  put(resource: FhirResource): void;
}

export function createRecords(resources: readonly FhirResource[]): Records {
  const byType = new Map<string, Map<string, FhirResource>>();
  const records: Records = {
    get: (type, id) => byType.get(type)?.get(id),
    list: (type) => [...(byType.get(type)?.values() ?? [])],
    put(resource) {
      const ofType = byType.get(resource.resourceType) ?? new Map<string, FhirResource>();
      byType.set(resource.resourceType, ofType.set(resource.id, resource));
    },
  };
  for (const resource of resources) records.put(resource);
  return records;
}
