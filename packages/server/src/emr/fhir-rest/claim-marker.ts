import { type JsonObject, objects } from './json-values.ts';

/** The system of the identifier that names our claim in the EMR. Never changed: claims out there carry it. */
export const claimMarkerSystem = 'urn:precert:claim-marker';

/** The value of an `identifier` search parameter (R4, 3.1.1.4.10 and, for escaping, 3.1.1.4.1). */
export function markerToken(marker: string): string {
  return `${claimMarkerSystem}|${marker.replaceAll(/[\\$,|]/g, '\\$&')}`;
}

export function isMarkedWith(claim: JsonObject, marker: string): boolean {
  return objects(claim, 'identifier').some(
    ({ system, value }) => system === claimMarkerSystem && value === marker,
  );
}
