import { Type } from 'typebox';
import type { ListedAppointment } from '../../appointments/appointment-list-queries.ts';
import { localDateTime } from '../../appointments/local-time.ts';
import { component } from '../../platform/http/components.ts';
import { nullable, timestamp } from '../../platform/http/schemas.ts';

const text = nullable(Type.String());
/** Fields of the vendor's that no connector of ours reads. */
const never = nullable(Type.String({ description: 'Not read from the EMR: null.' }));
const none = Type.Array(Type.Unsafe<never>({ type: 'object' }), {
  description: 'Not read from the EMR: empty.',
});

/** The vendor's appointment (contract claims.md, 5.1). Reads say `ehr_…` where claims say `emr_…`: the same values. */
export const AppointmentSchema = component(
  'Appointment',
  Type.Object({
    id: Type.String({ description: 'What a claim is requested for.' }),
    ehr_appointment_id: nullable(
      Type.String({
        description: 'The EMR’s own id; null while the EMR does not have it, and no claim can be made.',
      }),
    ),
    datetime: Type.String({
      description: 'With the offset of the account’s time zone.',
      examples: ['2026-03-13T13:00:00-04:00'],
    }),
    duration: nullable(Type.Integer({ description: 'Minutes.' })),
    status: Type.String({ description: 'The EMR’s own word, or `pending` before the EMR has it.' }),
    appointment_type: text,
    appointment_mode: text,
    location: text,
    reason: text,
    complaint_type: never,
    patient_name: text,
    patient_first_name: text,
    patient_last_name: text,
    patient_mrn: text,
    patient_ehr_id: text,
    patient_dob: text,
    patient_gender: text,
    patient_phone: text,
    provider_ehr_id: text,
    provider_name: text,
    provider_npi: text,
    secondary_provider_ehr_id: never,
    insurance: never,
    insurance_number: never,
    insurance_group_number: never,
    insurance_subscriber: never,
    secondary_insurance: never,
    secondary_insurance_number: never,
    insurances: none,
    diagnoses: none,
    medications: none,
    note: nullable(Type.String({ description: 'In lists only with `include_note=true`.' })),
    progress_note: never,
    created_at: timestamp(),
    object_metadata: Type.Object({ source: Type.String(), created_at: timestamp() }),
  }),
);

export function appointmentJson(
  { appointment, patient }: ListedAppointment,
  timezone: string,
  withNote: boolean,
) {
  const { details } = appointment;
  const createdAt = appointment.createdAt.toISOString();
  return {
    id: appointment.id,
    ehr_appointment_id: appointment.emrAppointmentId ?? null,
    datetime: localDateTime(appointment.startsAt, timezone),
    duration: details.durationMinutes ?? null,
    status: appointment.status,
    appointment_type: details.appointmentType ?? null,
    appointment_mode: appointment.mode ?? null,
    location: details.location ?? null,
    reason: details.reason ?? null,
    complaint_type: null,
    ...patientFields(patient),
    patient_ehr_id: appointment.emrPatientId ?? null,
    provider_ehr_id: details.provider?.emrProviderId ?? null,
    provider_name: details.provider?.name ?? null,
    provider_npi: details.provider?.npi ?? null,
    ...unreadFields,
    note: withNote ? (details.note ?? null) : null,
    created_at: createdAt,
    object_metadata: { source: appointment.source, created_at: createdAt },
  };
}

function patientFields({ mrn, details }: ListedAppointment['patient']) {
  return {
    patient_name: details === undefined ? null : `${details.firstName} ${details.lastName}`,
    patient_first_name: details?.firstName ?? null,
    patient_last_name: details?.lastName ?? null,
    patient_mrn: mrn ?? null,
    patient_dob: details?.dateOfBirth ?? null,
    patient_gender: details?.gender ?? null,
    patient_phone: details?.phone ?? null,
  };
}

/** Fields of the vendor that no connector reads. */
export const unreadFields = {
  secondary_provider_ehr_id: null,
  insurance: null,
  insurance_number: null,
  insurance_group_number: null,
  insurance_subscriber: null,
  secondary_insurance: null,
  secondary_insurance_number: null,
  insurances: [],
  diagnoses: [],
  medications: [],
  progress_note: null,
};
