import type { Static } from 'typebox';
import { type AppointmentSchema, unreadFields } from '../appointment-json.ts';
import { claimCreatedEvent } from './events.ts';

/** The visit that the claims beside this file are made from. */

const unread = { complaint_type: null, ...unreadFields };

const appointment = {
  id: claimCreatedEvent.data.appointment_id,
  ehr_appointment_id: claimCreatedEvent.data.emr_appointment_id,
  datetime: '2026-03-03T08:00:00-05:00',
  duration: 30,
  status: 'fulfilled',
  appointment_type: 'Office visit',
  appointment_mode: 'office',
  location: 'Main Street Office',
  reason: 'Annual wellness visit',
  patient_name: 'Jane Doe',
  patient_first_name: 'Jane',
  patient_last_name: 'Doe',
  patient_mrn: claimCreatedEvent.data.patient_mrn,
  patient_ehr_id: claimCreatedEvent.data.emr_patient_id,
  patient_dob: '1958-04-12',
  patient_gender: 'female',
  patient_phone: '+1-202-555-0110',
  provider_ehr_id: '7001',
  provider_name: 'Helena Brandt',
  provider_npi: '1666666668',
  note: null,
  created_at: '2026-03-13T17:00:00.000Z',
  object_metadata: { source: 'sync', created_at: '2026-03-13T17:00:00.000Z' },
  ...unread,
} satisfies Static<typeof AppointmentSchema>;

export const listedAppointments = {
  success: true,
  appointments: [appointment],
  pagination: { current_page: 1, total_pages: 1, total_count: 1, page_size: 1000 },
};

export const readAppointment = { success: true, appointments: appointment };
