import { expect, test } from 'vitest';
import { readAppointment } from './read-appointment.ts';
import { readPatient } from './read-patient.ts';

const baseUrl = 'https://emr.example/fhir/r4';
const appointment = {
  resourceType: 'Appointment',
  id: '500100',
  status: 'booked',
  start: '2026-03-20T09:00:00-04:00',
  participant: [{ actor: { reference: 'Patient/40210' } }],
};

test('the least of an appointment is an id, a status, a start and a patient', () => {
  expect(readAppointment(appointment, baseUrl)).toEqual({
    emrAppointmentId: '500100',
    emrPatientId: '40210',
    status: 'booked',
    startsAt: new Date('2026-03-20T13:00:00Z'),
  });
});

test.each([
  ['an id', { id: undefined }],
  ['a usable id', { id: 'a/b' }],
  ['a status', { status: ' ' }],
  ['a start', { start: undefined }],
  ['a start with a time zone', { start: '2026-03-20T09:00:00' }],
  ['a start that exists', { start: '2026-13-20T09:00:00Z' }],
  ['a patient', { participant: [{ actor: { reference: 'Practitioner/1' } }] }],
  ['a patient of this EMR', { participant: [{ actor: { reference: 'https://other.example/Patient/1' } }] }],
])('an appointment without %s is passed over', (_, changes) => {
  expect(readAppointment({ ...appointment, ...changes }, baseUrl)).toBeUndefined();
});

test.each([
  ['Patient/40210/_history/3', '40210'],
  [`${baseUrl}/Patient/40210`, '40210'],
  ['Patient/40210/Observation/1', undefined],
  ['Patient/', undefined],
  ['#patient', undefined],
])('the reference %s means %s', (reference, id) => {
  const read = readAppointment({ ...appointment, participant: [{ actor: { reference } }] }, baseUrl);
  expect(read?.emrPatientId).toBe(id);
});

test('the length of an appointment follows from its end when nothing else says it', () => {
  const ending = (changes: object) =>
    readAppointment({ ...appointment, ...changes }, baseUrl)?.durationMinutes;
  expect(ending({ end: '2026-03-20T09:45:00-04:00' })).toBe(45);
  expect(ending({ end: '2026-03-20T09:45:00-04:00', minutesDuration: 20 })).toBe(20);
  expect(ending({ end: '2026-03-20T08:00:00-04:00' })).toBeUndefined();
  expect(ending({ minutesDuration: -3 })).toBeUndefined();
});

test('a visit by video is told apart where the EMR gives its class', () => {
  const coded = (code: string) => ({ ...appointment, serviceType: [{ coding: [{ code }], text: 'Visit' }] });
  expect(readAppointment(coded('VR'), baseUrl)).toMatchObject({
    mode: 'telemedicine',
    appointmentType: 'Visit',
  });
  expect(readAppointment(coded('AMB'), baseUrl)?.mode).toBe('office');
  expect(readAppointment(coded('X'), baseUrl)?.mode).toBeUndefined();
});

test('of a patient the official name counts, and the number typed as medical record number', () => {
  const patient = {
    id: 'p1',
    name: [
      { use: 'nickname', given: ['Jay'], family: 'D' },
      { use: 'official', given: ['Jane', 'Marie'], family: 'Doe' },
    ],
    identifier: [
      { use: 'usual', value: 'U1' },
      { type: { coding: [{ code: 'MR' }] }, value: 'MRN-1' },
      { type: { coding: [{ code: 'SS' }] }, value: '999-99-9999' },
    ],
    telecom: [
      { system: 'email', value: 'jane@example.org' },
      { system: 'phone', value: '2', rank: 2 },
      { system: 'phone', value: '1', rank: 1 },
    ],
    birthDate: '1958-04-12',
  };
  expect(readPatient(patient)).toEqual({
    emrPatientId: 'p1',
    firstName: 'Jane',
    lastName: 'Doe',
    mrn: 'MRN-1',
    phone: '1',
    dateOfBirth: '1958-04-12',
  });
});

test('what a patient lacks is left out, and what cannot be stored is taken away', () => {
  expect(readPatient({ id: 'p1' })).toEqual({ emrPatientId: 'p1', firstName: '', lastName: '' });
  const odd = { id: 'p1', name: [{ text: 'Ja\0ne \ud800 Doe' }], birthDate: '1958-02-30', gender: 7 };
  expect(readPatient(odd)).toEqual({ emrPatientId: 'p1', firstName: '', lastName: 'Jane \ufffd Doe' });
  expect(readPatient({ id: 'p1', birthDate: '1958' })).not.toHaveProperty('dateOfBirth');
  expect(readPatient({ id: 'p 1' })).toBeUndefined();
});
