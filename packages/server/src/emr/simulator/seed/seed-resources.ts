import type { JsonObject } from '../../fhir-rest/json-values.ts';
import { coded, type FhirResource } from '../fhir-resource.ts';
import { locations, patients, payers, practice, practitioners, type SeedPatient } from './practice.ts';
import { extraVisits, type SeedDefect, type SeedVisit, seedVisits } from './visits.ts';

const npiSystem = 'http://hl7.org/fhir/sid/us-npi';

/**
 * Everything the simulated EMR holds before anybody calls it. Several records share one stamp, as after an import.
 * @param extra how many visits more are ready to bill
 */
export function seedResources(extra = 0): readonly FhirResource[] {
  const resources = [
    ...places(),
    ...patients.map(patientResource),
    ...patients.map(coverageResource),
    ...[...seedVisits, ...extraVisits(extra)].flatMap(visitResources),
  ];
  return resources.map((resource, index) => ({
    ...resource,
    meta: { versionId: '1', lastUpdated: stamp(Math.floor(index / 7)) },
  }));
}

function stamp(seconds: number): string {
  return new Date(Date.parse('2026-03-12T08:00:00.000Z') + seconds * 1000).toISOString();
}

function places(): readonly FhirResource[] {
  return [
    {
      resourceType: 'Organization',
      id: practice.id,
      active: true,
      identifier: [{ system: npiSystem, value: practice.npi }],
      name: practice.name,
    },
    ...payers.map(({ id, name }) => ({ resourceType: 'Organization', id, active: true, name })),
    ...locations.map(({ id, name }) => ({ resourceType: 'Location', id, status: 'active', name })),
    ...practitioners.map(({ id, given, family, npi }) => ({
      resourceType: 'Practitioner',
      id,
      active: true,
      identifier: [{ system: npiSystem, value: npi }],
      name: [{ family, given: [given], prefix: ['Dr.'] }],
    })),
  ];
}

function patientResource(patient: SeedPatient): FhirResource {
  return {
    resourceType: 'Patient',
    id: patient.id,
    active: true,
    identifier: [
      {
        use: 'usual',
        type: coded('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR', 'Medical record number'),
        system: 'urn:precert:emr-simulator:mrn',
        value: patient.mrn,
      },
    ],
    name: [{ use: 'official', family: patient.family, given: patient.given }],
    telecom: [{ system: 'phone', value: patient.phone, use: 'home', rank: 1 }],
    gender: patient.gender,
    birthDate: patient.birthDate,
  };
}

function coverageResource(patient: SeedPatient): FhirResource {
  const end = patient.coverageEnds === undefined ? {} : { end: patient.coverageEnds };
  return {
    resourceType: 'Coverage',
    id: `${patient.id}-1`,
    status: 'active',
    subscriberId: patient.memberId,
    beneficiary: { reference: `Patient/${patient.id}` },
    relationship: coded('http://terminology.hl7.org/CodeSystem/subscriber-relationship', 'self'),
    period: { start: '2024-01-01', ...end },
    payor: [{ reference: `Organization/${patient.payerId}` }],
    order: 1,
  };
}

function visitResources(visit: SeedVisit): readonly FhirResource[] {
  const { defect } = visit;
  const parts: readonly (readonly [FhirResource, SeedDefect])[] = [
    ...visit.diagnoses.map((_, index) => [conditionResource(visit, index), 'no_diagnoses'] as const),
    ...visit.charges.map((_, index) => [chargeResource(visit, index), 'no_charges'] as const),
  ];
  if (defect === 'no_encounter') return [appointmentResource(visit)];
  const present = parts.filter(([, missing]) => missing !== defect).map(([resource]) => resource);
  const existing = defect === 'claim_exists' ? [billersClaim(visit)] : [];
  return [appointmentResource(visit), encounterResource(visit), ...present, ...existing];
}

function appointmentResource(visit: SeedVisit): FhirResource {
  const { npi, given, family } = practitionerOf(visit);
  const accepted = (actor: JsonObject) => ({ actor, required: 'required', status: 'accepted' });
  return {
    resourceType: 'Appointment',
    id: visit.appointmentId,
    status: visit.appointmentStatus,
    ...(visit.appointmentStatus === 'cancelled'
      ? { cancelationReason: { text: 'Cancelled by the patient' } }
      : {}),
    serviceType: [{ text: visit.reason }],
    appointmentType: {
      ...coded('http://terminology.hl7.org/CodeSystem/v3-ActCode', visit.mode === 'office' ? 'AMB' : 'VR'),
      text: visit.mode === 'office' ? 'Office visit' : 'Telehealth visit',
    },
    reasonCode: [{ text: visit.reason }],
    start: visit.start,
    end: visit.end,
    minutesDuration: visit.minutes,
    participant: [
      accepted({ reference: `Patient/${visit.patientId}` }),
      accepted({
        reference: `Practitioner/${visit.practitionerId}`,
        identifier: { system: npiSystem, value: npi },
        display: `Dr. ${given} ${family}`,
      }),
      accepted({
        reference: `Location/${visit.locationId}`,
        display: locations.find(({ id }) => id === visit.locationId)?.name ?? '',
      }),
    ],
  };
}

function encounterResource(visit: SeedVisit): FhirResource {
  const isFinished = visit.defect !== 'unfinished';
  return {
    resourceType: 'Encounter',
    id: visit.encounterId,
    status: isFinished ? 'finished' : 'in-progress',
    class: {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      code: visit.mode === 'office' ? 'AMB' : 'VR',
    },
    subject: { reference: `Patient/${visit.patientId}` },
    participant: [{ individual: { reference: `Practitioner/${visit.practitionerId}` } }],
    appointment: [{ reference: `Appointment/${visit.appointmentId}` }],
    period: { start: visit.start, ...(isFinished ? { end: visit.end } : {}) },
    ...(visit.defect === 'no_diagnoses'
      ? {}
      : {
          diagnosis: visit.diagnoses.map((_, index) => ({
            condition: { reference: `Condition/${visit.encounterId}-d${index + 1}` },
            rank: index + 1,
          })),
        }),
    location: [{ location: { reference: `Location/${visit.locationId}` } }],
    serviceProvider: { reference: `Organization/${practice.id}` },
  };
}

function conditionResource(visit: SeedVisit, index: number): FhirResource {
  const [code, display] = visit.diagnoses[index] ?? ['', ''];
  return {
    resourceType: 'Condition',
    id: `${visit.encounterId}-d${index + 1}`,
    clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
    verificationStatus: coded('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'confirmed'),
    category: [coded('http://terminology.hl7.org/CodeSystem/condition-category', 'encounter-diagnosis')],
    code: coded('http://hl7.org/fhir/sid/icd-10-cm', code, display),
    subject: { reference: `Patient/${visit.patientId}` },
    encounter: { reference: `Encounter/${visit.encounterId}` },
  };
}

function chargeResource(visit: SeedVisit, index: number): FhirResource {
  const [code, display, price] = visit.charges[index] ?? ['', '', 0];
  return {
    resourceType: 'ChargeItem',
    id: `${visit.encounterId}-c${index + 1}`,
    status: 'billable',
    code: coded('http://terminology.hl7.org/CodeSystem/HCPCS-all-codes', code, display),
    subject: { reference: `Patient/${visit.patientId}` },
    context: { reference: `Encounter/${visit.encounterId}` },
    occurrenceDateTime: visit.start,
    quantity: { value: 1 },
    priceOverride: { value: price, currency: 'USD' },
  };
}

/** The claim that somebody in the practice had made before us. */
function billersClaim(visit: SeedVisit): FhirResource {
  return {
    resourceType: 'Claim',
    id: '100200',
    status: 'active',
    type: coded('http://terminology.hl7.org/CodeSystem/claim-type', 'professional'),
    use: 'claim',
    patient: { reference: `Patient/${visit.patientId}` },
    created: visit.end,
    provider: { reference: `Organization/${practice.id}` },
    priority: coded('http://terminology.hl7.org/CodeSystem/processpriority', 'normal'),
    insurance: [{ sequence: 1, focal: true, coverage: { reference: `Coverage/${visit.patientId}-1` } }],
    item: [
      {
        sequence: 1,
        productOrService: chargeResource(visit, 0).code,
        encounter: [{ reference: `Encounter/${visit.encounterId}` }],
      },
    ],
  };
}

function practitionerOf({ practitionerId }: SeedVisit) {
  return practitioners.find(({ id }) => id === practitionerId) ?? practitioners[0];
}
