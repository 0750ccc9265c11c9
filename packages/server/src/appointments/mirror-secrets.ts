/** What the rows of the mirror keep sealed, what binds it to them, and by what it is found. */

import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { SealedTable } from '../platform/encryption/sealed-table.ts';
import type { AppointmentDetails, Patient } from './appointment.ts';

export const sealedPatients: SealedTable = { name: 'emr_patient', key: ['account_id', 'emr_patient_id'] };
export const sealedAppointments: SealedTable = { name: 'appointment', key: ['account_id', 'id'] };

/** Every table of this room with sealed values. */
export const sealedTables: readonly SealedTable[] = [sealedPatients, sealedAppointments];

export type PatientSecrets = Pick<Patient, 'mrn' | 'details'>;

export function sealPatient(
  keys: OrganizationKeys,
  accountId: string,
  { emrPatientId, mrn, details }: Omit<Patient, 'id'>,
): Buffer {
  const secrets: PatientSecrets = { mrn, details };
  return keys.seal(sealedPatients, [accountId, emrPatientId], secrets);
}

export function openPatient(
  keys: OrganizationKeys,
  accountId: string,
  emrPatientId: string,
  sealed: Uint8Array,
): PatientSecrets {
  return keys.open<PatientSecrets>(sealedPatients, [accountId, emrPatientId], sealed);
}

export function sealAppointment(
  keys: OrganizationKeys,
  accountId: string,
  { id, details }: { readonly id: string; readonly details: AppointmentDetails },
): Buffer {
  return keys.seal(sealedAppointments, [accountId, id], details);
}

export function openAppointment(
  keys: OrganizationKeys,
  accountId: string,
  id: string,
  sealed: Uint8Array,
): AppointmentDetails {
  return keys.open<AppointmentDetails>(sealedAppointments, [accountId, id], sealed);
}

export function mrnIndex(keys: OrganizationKeys, mrn: string): Buffer {
  return keys.index('emr_patient.mrn', mrn);
}

/** By its digits: EMRs and their users set them apart in many ways. */
export function phoneIndex(keys: OrganizationKeys, phone: string): Buffer {
  return keys.index('emr_patient.phone', phone.replaceAll(/[^0-9]/g, ''));
}

export function typeIndex(keys: OrganizationKeys, appointmentType: string): Buffer {
  return keys.index('appointment.type', appointmentType);
}
