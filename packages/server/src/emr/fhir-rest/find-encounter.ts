import type { ClaimFailureCode } from '../connector.ts';
import type { FhirClient } from './fhir-client.ts';
import { dateTime, referredId, resourceId } from './fhir-values.ts';
import { type JsonObject, member, objects } from './json-values.ts';
import { searchAll } from './search-all.ts';

export interface BillableEncounter {
  readonly resource: JsonObject;
  readonly encounterId: string;
  readonly start: string;
  readonly end: string | undefined;
  readonly provider: { readonly type: 'Organization' | 'Practitioner'; readonly id: string };
  readonly practitionerId: string | undefined;
}

export type FoundEncounter =
  | { readonly kind: 'billable'; readonly encounter: BillableEncounter }
  | { readonly kind: 'refused'; readonly code: ClaimFailureCode };

/**
 * The one finished visit of an appointment. What a server returns beside it is passed over: a server that ignores
 * the search parameter must not have somebody else's visit billed.
 * @throws EmrReadError
 */
export async function findEncounter(
  client: FhirClient,
  request: { readonly emrAppointmentId: string; readonly emrPatientId: string; readonly signal: AbortSignal },
): Promise<FoundEncounter> {
  const { emrAppointmentId, emrPatientId, signal } = request;
  const baseUrl = client.baseUrl.href;
  const appointment = `Appointment/${emrAppointmentId}`;
  const answered = await searchAll(client, 'Encounter', { appointment }, signal);
  const ofAppointment = answered.filter((encounter) =>
    objects(encounter, 'appointment').some(
      (reference) => referredId(reference, 'Appointment', baseUrl) === emrAppointmentId,
    ),
  );
  if (ofAppointment.length === 0) return { kind: 'refused', code: 'appointment_not_found_in_emr' };
  const finished = ofAppointment.filter(
    (encounter) =>
      encounter.status === 'finished' &&
      referredId(member(encounter, 'subject'), 'Patient', baseUrl) === emrPatientId,
  );
  // Two finished visits: which one is meant, only the practice can say.
  const encounter = finished.length === 1 ? readEncounter(finished[0] ?? {}, baseUrl) : undefined;
  return encounter === undefined
    ? { kind: 'refused', code: 'encounter_not_billable' }
    : { kind: 'billable', encounter };
}

/** Undefined when it lacks what a claim cannot do without: an id, a beginning, somebody who provided it. */
function readEncounter(resource: JsonObject, baseUrl: string): BillableEncounter | undefined {
  const encounterId = resourceId(resource);
  const period = member(resource, 'period');
  const start = dateTime(period, 'start');
  const practitionerId = findPractitioner(resource, baseUrl);
  const organizationId = referredId(member(resource, 'serviceProvider'), 'Organization', baseUrl);
  if (encounterId === undefined || start === undefined) return undefined;
  const parts = { resource, encounterId, start, end: dateTime(period, 'end'), practitionerId };
  if (organizationId !== undefined)
    return { ...parts, provider: { type: 'Organization', id: organizationId } };
  if (practitionerId !== undefined)
    return { ...parts, provider: { type: 'Practitioner', id: practitionerId } };
  return undefined;
}

function findPractitioner(encounter: JsonObject, baseUrl: string): string | undefined {
  return objects(encounter, 'participant')
    .map((participant) => referredId(member(participant, 'individual'), 'Practitioner', baseUrl))
    .find((id) => id !== undefined);
}
