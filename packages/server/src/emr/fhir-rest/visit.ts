import type { Money } from './fhir-values.ts';

/** A visit as it is billed: what the EMR holds of it and a claim needs. All ids are the EMR's. */
export interface Visit {
  readonly encounterId: string;
  readonly patientId: string;
  /** The billing provider: the organization if the visit names one, else the practitioner. */
  readonly provider: { readonly type: 'Organization' | 'Practitioner'; readonly id: string };
  readonly practitionerId: string | undefined;
  /** FHIR `dateTime` as the EMR wrote it: its zone decides which day is billed. */
  readonly start: string;
  readonly end: string | undefined;
  /** At least one of each; in the order of the claim. */
  readonly charges: readonly Charge[];
  readonly diagnoses: readonly Diagnosis[];
  readonly coverages: readonly VisitCoverage[];
}

export interface Code {
  readonly system: string | undefined;
  readonly code: string;
}

export interface Charge {
  readonly chargeItemId: string;
  readonly codes: readonly Code[];
  readonly quantity: number | undefined;
  /** Of the whole line. */
  readonly price: Money | undefined;
}

export interface Diagnosis {
  readonly conditionId: string;
  readonly code: Code;
}

export interface VisitCoverage {
  readonly coverageId: string;
  readonly payer:
    | { readonly type: 'Organization' | 'Patient' | 'RelatedPerson'; readonly id: string }
    | undefined;
}
