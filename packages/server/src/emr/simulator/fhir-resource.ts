import type { JsonObject } from '../fhir-rest/json-values.ts';

/** A resource as the simulator stores and serves it. */
export type FhirResource = JsonObject & {
  readonly resourceType: string;
  readonly id: string;
};

export function coded(system: string, code: string, display?: string): JsonObject {
  return { coding: [{ system, code, ...(display === undefined ? {} : { display }) }] };
}
