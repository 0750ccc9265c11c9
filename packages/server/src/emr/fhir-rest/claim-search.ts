import type { FhirClient } from './fhir-client.ts';
import { type JsonObject, objects } from './json-values.ts';

/** Whether a CapabilityStatement declares that claims can be searched by identifier. */
export function declaresClaimSearch(statement: JsonObject): boolean {
  return objects(statement, 'rest')
    .filter(({ mode }) => mode === 'server')
    .flatMap((rest) => objects(rest, 'resource'))
    .filter(({ type }) => type === 'Claim')
    .some(
      (resource) =>
        objects(resource, 'interaction').some(({ code }) => code === 'search-type') &&
        objects(resource, 'searchParam').some(({ name }) => name === 'identifier'),
    );
}

/** @throws EmrReadError */
export async function readClaimSearch(client: FhirClient, signal: AbortSignal): Promise<boolean> {
  return declaresClaimSearch(await client.readResource('metadata', signal));
}
