import type { EmrPatient } from '../connector.ts';
import { calendarDate, hasCode, resourceId } from './fhir-values.ts';
import {
  finiteNumber,
  type JsonObject,
  member,
  objects,
  text,
  texts,
  withoutUndefined,
} from './json-values.ts';

/** Undefined when the patient has no usable id. A name that is missing is empty: the record stands all the same. */
export function readPatient(patient: JsonObject): EmrPatient | undefined {
  const emrPatientId = resourceId(patient);
  if (emrPatientId === undefined) return undefined;
  const optional = {
    mrn: medicalRecordNumber(patient),
    dateOfBirth: calendarDate(patient, 'birthDate'),
    gender: text(patient, 'gender'),
    phone: phone(patient),
  };
  return { emrPatientId, ...name(patient), ...withoutUndefined(optional) };
}

/** The identifier typed MR (HL7 v2 table 0203), else the one marked as usual. */
function medicalRecordNumber(patient: JsonObject): string | undefined {
  const identifiers = objects(patient, 'identifier').filter(({ use }) => use !== 'old');
  const chosen =
    identifiers.find((identifier) => hasCode(member(identifier, 'type'), 'MR')) ??
    identifiers.find(({ use }) => use === 'usual');
  return text(chosen, 'value');
}

function name(patient: JsonObject): { readonly firstName: string; readonly lastName: string } {
  const names = objects(patient, 'name');
  const chosen =
    names.find(({ use }) => use === 'official') ??
    names.find(({ use }) => use === 'usual') ??
    names.find(({ use }) => use !== 'old') ??
    names[0];
  return {
    firstName: texts(chosen, 'given')[0] ?? '',
    // A name given as one text cannot be taken apart safely.
    lastName: text(chosen, 'family') ?? text(chosen, 'text') ?? '',
  };
}

/** By rank, as the practice set it (R4, ContactPoint.rank: 1 is the most preferred). */
function phone(patient: JsonObject): string | undefined {
  const rankOf = (point: JsonObject) => finiteNumber(point, 'rank') ?? Number.POSITIVE_INFINITY;
  const phones = objects(patient, 'telecom').filter(({ system, use }) => system === 'phone' && use !== 'old');
  const [first] = phones.toSorted((one, other) => (rankOf(one) < rankOf(other) ? -1 : 1));
  return text(first, 'value');
}
