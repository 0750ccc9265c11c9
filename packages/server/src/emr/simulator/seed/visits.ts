import type { ClaimFailureCode } from '../../connector.ts';
import type { FaultKind } from '../fault-rules.ts';
import { locations, patients, practitioners } from './practice.ts';

/** What a visit lacks, or what is wrong with it, so that its claim fails. */
export type SeedDefect =
  | 'no_encounter'
  | 'unfinished'
  | 'no_charges'
  | 'no_diagnoses'
  | 'no_coverage'
  | 'locked'
  | 'claim_exists';

export interface SeedVisit {
  readonly appointmentId: string;
  readonly encounterId: string;
  readonly patientId: string;
  readonly practitionerId: string;
  readonly locationId: string;
  /** FHIR instants, with the practice's offset. */
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  readonly mode: 'office' | 'telemedicine';
  readonly reason: string;
  readonly diagnoses: readonly (readonly [code: string, display: string])[];
  /** HCPCS level II alone: CPT codes belong to the American Medical Association. */
  readonly charges: readonly (readonly [code: string, display: string, price: number])[];
  readonly appointmentStatus: 'fulfilled' | 'booked' | 'cancelled';
  readonly defect?: SeedDefect;
}

/** Of the two sets of visits that are ready: the second account's. */
export function isOfSecondAccount({ emrAppointmentId }: SeededAppointment): boolean {
  return Number(emrAppointmentId) >= 500_200;
}

/** A seeded appointment, for whoever fills a sandbox or a test. */
export interface SeededAppointment {
  readonly emrAppointmentId: string;
  readonly emrPatientId: string;
  /**
   * `ready`: a claim is created. `willFail`: it fails with `failureCode`. `troubled`: it is created, once, although the
   * EMR behaves as `fault` says. `notBillable`: a visit that has not taken place.
   */
  readonly expectation: 'ready' | 'willFail' | 'troubled' | 'notBillable';
  readonly failureCode?: ClaimFailureCode;
  readonly fault?: FaultKind;
}

/** Where the practice's clocks are; for the linked account's `timezone`. */
export const simulatorTimezone = 'America/New_York';

const kinds = [
  {
    reason: 'Annual wellness visit',
    diagnoses: [
      ['I10', 'Essential (primary) hypertension'],
      ['E78.5', 'Hyperlipidemia, unspecified'],
    ],
    charges: [
      ['G0439', 'Annual wellness visit, subsequent', 138.5],
      ['G0444', 'Annual depression screening', 19.25],
    ],
  },
  {
    reason: 'Diabetes self-management training',
    diagnoses: [['E11.65', 'Type 2 diabetes mellitus with hyperglycemia']],
    charges: [['G0108', 'Diabetes self-management training, individual, 30 minutes', 56.4]],
  },
  {
    reason: 'Sleep apnea follow-up',
    diagnoses: [
      ['G47.33', 'Obstructive sleep apnea (adult)'],
      ['E66.9', 'Obesity, unspecified'],
    ],
    charges: [['G0463', 'Hospital outpatient clinic visit', 121]],
  },
  {
    reason: 'Shortness of breath',
    diagnoses: [['J44.9', 'Chronic obstructive pulmonary disease, unspecified']],
    charges: [
      ['G0463', 'Hospital outpatient clinic visit', 121],
      ['G0296', 'Counseling on lung cancer screening', 29.5],
    ],
  },
] as const;

/** For each of the sandbox's two linked accounts, which share the practice: a visit has one claim, whoever asked for it. */
const readyCount = 24;

const troubles: readonly FaultKind[] = ['commit_then_drop', 'commit_then_error', 'garbage', 'throttle'];

const failures: readonly (readonly [SeedDefect, ClaimFailureCode])[] = [
  ['no_encounter', 'appointment_not_found_in_emr'],
  ['unfinished', 'encounter_not_billable'],
  ['no_charges', 'missing_procedure_codes'],
  ['no_diagnoses', 'missing_diagnosis_codes'],
  ['no_coverage', 'missing_insurance'],
  ['locked', 'encounter_locked'],
  ['claim_exists', 'claim_already_exists_in_emr'],
];

const patientWithoutCoverage = 14;

/** More visits that are ready to bill, from appointment 700000 on, for tests that need thousands. */
export function extraVisits(count: number): readonly SeedVisit[] {
  return Array.from({ length: count }, (_, index) => visit(700_000 + index, index));
}

export const seedVisits: readonly SeedVisit[] = [
  ...Array.from({ length: readyCount }, (_, index) => visit(500_100 + index, index)),
  ...Array.from({ length: readyCount }, (_, index) => visit(500_200 + index, index + 7)),
  ...troubles.map((_, index) => visit(500_130 + index, index)),
  ...failures.map(([defect], index) => ({ ...visit(500_140 + index, index, defect), defect })),
  { ...visit(500_150, 3), ...at('2026-03-20', 9), appointmentStatus: 'booked', defect: 'no_encounter' },
  { ...visit(500_151, 5), ...at('2026-03-11', 15), appointmentStatus: 'cancelled', defect: 'no_encounter' },
];

export const seededAppointments: readonly SeededAppointment[] = seedVisits.map((seed) => {
  const { appointmentId: emrAppointmentId, patientId: emrPatientId, defect } = seed;
  const number = Number(emrAppointmentId);
  const ids = { emrAppointmentId, emrPatientId };
  const fault = troubles[number - 500_130];
  if (fault !== undefined) return { ...ids, expectation: 'troubled', fault };
  if (seed.appointmentStatus !== 'fulfilled') return { ...ids, expectation: 'notBillable' };
  const failureCode = failures.find(([name]) => name === defect)?.[1];
  return failureCode === undefined
    ? { ...ids, expectation: 'ready' }
    : { ...ids, expectation: 'willFail', failureCode };
});

/** Only patients with coverage, unless its absence is the defect. */
function visit(appointmentId: number, index: number, defect?: SeedDefect): SeedVisit {
  const patient =
    defect === 'no_coverage' ? patients[patientWithoutCoverage] : patients[index % patientWithoutCoverage];
  const kind = kinds[index % kinds.length] ?? kinds[0];
  // Days before the twelfth of March 2026, eight visits a day.
  const day = ['2026-03-03', '2026-03-05', '2026-03-10', '2026-03-11'][Math.floor(index / 8) % 4] ?? '';
  return {
    appointmentId: String(appointmentId),
    encounterId: String(appointmentId + 100_000),
    patientId: patient?.id ?? '',
    practitionerId: practitioners[index % practitioners.length]?.id ?? '',
    locationId: locations[index % locations.length]?.id ?? '',
    ...at(day, 8 + (index % 8)),
    mode: index % 6 === 5 ? 'telemedicine' : 'office',
    ...kind,
    appointmentStatus: 'fulfilled',
  };
}

function at(day: string, hour: number): Pick<SeedVisit, 'start' | 'end' | 'minutes'> {
  // Daylight saving time began on the eighth of March 2026.
  const offset = day < '2026-03-08' ? '-05:00' : '-04:00';
  const clock = String(hour).padStart(2, '0');
  return { start: `${day}T${clock}:00:00${offset}`, end: `${day}T${clock}:30:00${offset}`, minutes: 30 };
}
