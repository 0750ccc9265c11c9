import type { EmrAppointment, EmrPatient } from '../emr/connector.ts';

/** Where an appointment of the mirror came from: read from the EMR, or put there by the sandbox. */
export const appointmentSources = ['sync', 'sandbox'] as const;
export type AppointmentSource = (typeof appointmentSources)[number];

/** What the EMR tells of an appointment beside what the mirror searches by. */
export type AppointmentDetails = Pick<
  EmrAppointment,
  'durationMinutes' | 'appointmentType' | 'location' | 'reason' | 'provider' | 'note'
>;

/** An appointment as it stands in the mirror. */
export interface Appointment {
  /** Ours: 32 lower-case hex digits. */
  readonly id: string;
  /** Undefined until the EMR has it. */
  readonly emrAppointmentId: string | undefined;
  readonly emrPatientId: string | undefined;
  /** The EMR's own word, or `pending` before the EMR has it. */
  readonly status: string;
  readonly startsAt: Date;
  readonly mode: EmrAppointment['mode'] | undefined;
  readonly details: AppointmentDetails;
  readonly source: AppointmentSource;
  readonly createdAt: Date;
}

/** What the EMR tells of a patient beside ids and MRN. */
export type PatientDetails = Pick<EmrPatient, 'firstName' | 'lastName' | 'dateOfBirth' | 'gender' | 'phone'>;

export interface Patient {
  /** Ours: 32 lower-case hex digits. */
  readonly id: string;
  readonly emrPatientId: string;
  readonly mrn: string | undefined;
  readonly details: PatientDetails;
}

/** `CANC`, `cancelled`, `Canceled by patient`: the EMRs' words differ, and all that mean it begin alike. */
export function isCancelled(status: string): boolean {
  return /^cancel|^canc$/i.test(status);
}

/**
 * The one form of an appointment's id: 32 characters of `[0-9a-z]` in any case, or a dashed UUID; to lower case without
 * dashes (contract README, claims 2).
 * @returns undefined for anything else
 */
export function normalizedAppointmentId(text: string): string | undefined {
  if (/^[0-9a-z]{32}$/i.test(text)) return text.toLowerCase();
  const isDashed = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
  return isDashed ? text.replaceAll('-', '').toLowerCase() : undefined;
}
