import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Appointment, AppointmentSource } from './appointment.ts';
import { openAppointment } from './mirror-secrets.ts';

export interface AppointmentRow {
  readonly id: string;
  readonly emr_appointment_id: string | null;
  readonly emr_patient_id: string | null;
  readonly status: string;
  readonly starts_at: Date;
  readonly mode: Appointment['mode'] | null;
  readonly sealed: Uint8Array;
  readonly source: AppointmentSource;
  readonly created_at: Date;
}

export const appointmentColumns = `a.id, a.emr_appointment_id, a.emr_patient_id, a.status, a.starts_at, a.mode, a.sealed,
  a.source, a.created_at`;

export function appointmentFromRow(
  keys: OrganizationKeys,
  accountId: string,
  row: AppointmentRow,
): Appointment {
  return {
    id: row.id,
    emrAppointmentId: row.emr_appointment_id ?? undefined,
    emrPatientId: row.emr_patient_id ?? undefined,
    status: row.status,
    startsAt: row.starts_at,
    mode: row.mode ?? undefined,
    details: openAppointment(keys, accountId, row.id, row.sealed),
    source: row.source,
    createdAt: row.created_at,
  };
}
