import type { JsonObject } from '../fhir-rest/json-values.ts';
import { searchParameters } from './search.ts';

/** What the simulator can do, in FHIR's own form (R4, RESTful capabilities interaction). */
export function capabilityStatement(options: {
  readonly baseUrl: string;
  readonly claimSearch: boolean;
  readonly conditionalCreate: boolean;
  readonly secured: boolean;
}): JsonObject {
  const { baseUrl, claimSearch, conditionalCreate, secured } = options;
  const service = {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
    ],
  };
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-24',
    kind: 'instance',
    software: { name: 'Precert EMR simulator' },
    implementation: { description: 'A simulated EMR; every record in it is made up.', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        ...(secured ? { security: { service: [service] } } : {}),
        resource: Object.keys(searchParameters).map((type) => {
          const isClaim = type === 'Claim';
          const searches = !isClaim || claimSearch;
          return {
            type,
            interaction: [
              { code: 'read' },
              ...(searches ? [{ code: 'search-type' }] : []),
              ...(isClaim ? [{ code: 'create' }] : []),
            ],
            ...(isClaim ? { conditionalCreate } : {}),
            ...(searches ? { searchParam: parametersOf(type) } : {}),
          };
        }),
      },
    ],
  };
}

function parametersOf(type: string): readonly JsonObject[] {
  const own = Object.keys(searchParameters[type] ?? {}).map((name) => ({
    name,
    type: name === 'identifier' ? 'token' : 'reference',
  }));
  return [{ name: '_id', type: 'token' }, { name: '_lastUpdated', type: 'date' }, ...own];
}
