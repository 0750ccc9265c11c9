import type { EmrAppointment } from '../connector.ts';
import { codings, conceptText, instant, referredId, resourceId } from './fhir-values.ts';
import { finiteNumber, type JsonObject, member, objects, text, withoutUndefined } from './json-values.ts';

/** Undefined when it lacks an id, a status, a start or a patient of this EMR: a wish or a block, nothing to bill. */
export function readAppointment(appointment: JsonObject, baseUrl: string): EmrAppointment | undefined {
  const emrAppointmentId = resourceId(appointment);
  const status = text(appointment, 'status');
  const startsAt = instant(appointment, 'start');
  const actors = objects(appointment, 'participant').map((participant) => member(participant, 'actor'));
  const emrPatientId = firstReferred(actors, 'Patient', baseUrl)?.id;
  if (emrAppointmentId === undefined || status === undefined) return undefined;
  if (startsAt === undefined || emrPatientId === undefined) return undefined;
  const types = [member(appointment, 'appointmentType'), ...objects(appointment, 'serviceType')];
  const optional = {
    durationMinutes: durationMinutes(appointment, startsAt),
    appointmentType: types.map(conceptText).find((name) => name !== undefined),
    mode: mode(types),
    location: text(firstReferred(actors, 'Location', baseUrl)?.actor, 'display'),
    reason: reason(appointment),
    provider: provider(actors, baseUrl),
    note: text(appointment, 'comment'),
  };
  return { emrAppointmentId, emrPatientId, status, startsAt, ...withoutUndefined(optional) };
}

function firstReferred(actors: readonly unknown[], type: string, baseUrl: string) {
  return actors
    .map((actor) => ({ actor, id: referredId(actor, type, baseUrl) }))
    .find((candidate): candidate is { actor: unknown; id: string } => candidate.id !== undefined);
}

function durationMinutes(appointment: JsonObject, startsAt: Date): number | undefined {
  const endsAt = instant(appointment, 'end');
  const minutes =
    finiteNumber(appointment, 'minutesDuration') ??
    (endsAt === undefined ? undefined : (endsAt.getTime() - startsAt.getTime()) / 60_000);
  if (minutes === undefined || minutes <= 0 || minutes > 7 * 24 * 60) return undefined;
  return Math.round(minutes);
}

/** R4 has no element for it; servers put the encounter class (v3 ActCode) among the types. */
function mode(types: readonly unknown[]): EmrAppointment['mode'] {
  const codes = types.flatMap(codings).map(({ code }) => code);
  if (codes.includes('VR')) return 'telemedicine';
  return codes.includes('AMB') ? 'office' : undefined;
}

function reason(appointment: JsonObject): string | undefined {
  const given = objects(appointment, 'reasonCode').map(conceptText);
  return given.find((name) => name !== undefined) ?? text(appointment, 'description');
}

function provider(actors: readonly unknown[], baseUrl: string): EmrAppointment['provider'] {
  const found = firstReferred(actors, 'Practitioner', baseUrl);
  if (found === undefined) return undefined;
  const identifier = member(found.actor, 'identifier');
  const isNpi = text(identifier, 'system') === 'http://hl7.org/fhir/sid/us-npi';
  const npi = isNpi ? text(identifier, 'value') : undefined;
  const name = text(found.actor, 'display') ?? '';
  return { emrProviderId: found.id, name, ...(npi === undefined ? {} : { npi }) };
}
