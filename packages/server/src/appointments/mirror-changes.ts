import type { EmrAppointment, EmrPatient } from '../emr/connector.ts';
import { canonicalJson } from '../platform/crypto/canonical-json.ts';
import {
  type Appointment,
  type AppointmentDetails,
  isCancelled,
  type Patient,
  type PatientDetails,
} from './appointment.ts';

export interface PatientChange {
  readonly patient: Patient;
  readonly kind: 'created' | 'updated';
}

export interface AppointmentChange {
  readonly appointment: Omit<Appointment, 'createdAt'>;
  readonly kind: 'created' | 'updated' | 'cancelled';
}

/** What of a page is news to the mirror; what a client could not tell from what is there already is none. */
export function patientChanges(
  told: readonly EmrPatient[],
  known: readonly Patient[],
  newId: () => string,
): readonly PatientChange[] {
  const knownById = new Map(known.map((patient) => [patient.emrPatientId, patient]));
  return lastOfEach(told, ({ emrPatientId }) => emrPatientId).flatMap((item): PatientChange[] => {
    const before = knownById.get(item.emrPatientId);
    const patient: Patient = {
      id: before?.id ?? newId(),
      emrPatientId: item.emrPatientId,
      mrn: item.mrn,
      details: patientDetails(item),
    };
    if (before === undefined) return [{ patient, kind: 'created' }];
    return isSame(before, patient) ? [] : [{ patient, kind: 'updated' }];
  });
}

/** As `patientChanges`. An appointment is cancelled once, when its status first says so. */
export function appointmentChanges(
  told: readonly EmrAppointment[],
  known: readonly Appointment[],
  newId: () => string,
): readonly AppointmentChange[] {
  const knownById = new Map(known.map((appointment) => [appointment.emrAppointmentId, appointment]));
  return lastOfEach(told, ({ emrAppointmentId }) => emrAppointmentId).flatMap((item): AppointmentChange[] => {
    const before = knownById.get(item.emrAppointmentId);
    const appointment: AppointmentChange['appointment'] = {
      id: before?.id ?? newId(),
      emrAppointmentId: item.emrAppointmentId,
      emrPatientId: item.emrPatientId,
      status: item.status,
      startsAt: item.startsAt,
      mode: item.mode,
      details: appointmentDetails(item),
      source: before?.source ?? 'sync',
    };
    if (before === undefined) return [{ appointment, kind: 'created' }];
    const { createdAt: _createdAt, ...comparable } = before;
    if (isSame(comparable, appointment)) return [];
    const isNews = isCancelled(item.status) && !isCancelled(before.status);
    return [{ appointment, kind: isNews ? 'cancelled' : 'updated' }];
  });
}

function patientDetails({ firstName, lastName, dateOfBirth, gender, phone }: EmrPatient): PatientDetails {
  return defined({ firstName, lastName, dateOfBirth, gender, phone });
}

function appointmentDetails(item: EmrAppointment): AppointmentDetails {
  const { durationMinutes, appointmentType, location, reason, provider, note } = item;
  return defined({ durationMinutes, appointmentType, location, reason, provider, note });
}

/** Without the fields that are undefined. */
function defined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: NonNullable<Fields[Name]> } {
  // What is left has a value; what is left out reads as undefined, which the targets' optional fields allow.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** The same change may be told twice in a page; the later one counts. */
function lastOfEach<Item>(items: readonly Item[], idOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [idOf(item), item])).values()];
}

function isSame(first: unknown, second: unknown): boolean {
  return canonicalJson(first) === canonicalJson(second);
}
