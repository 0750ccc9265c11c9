/**
 * The case as requirements, catalog and documents see it: what the client sent, in the contract's field
 * names (contract prior-auth.md, 1.1). Absent scalars are absent here and become `null` only in JSON.
 */

export interface Address {
  readonly line1: string;
  readonly line2?: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
}

export interface Identifier {
  readonly type: string;
  readonly value: string;
}

export interface Patient {
  readonly identifiers: readonly Identifier[];
  readonly firstName: string;
  readonly lastName: string;
  /** Calendar date, YYYY-MM-DD. */
  readonly dateOfBirth: string;
  readonly gender?: string;
  readonly phone?: string;
  readonly address?: Address;
}

export interface Coverage {
  readonly payerId: string;
  readonly memberId: string;
  readonly groupNumber?: string;
  readonly planType: string;
  /** Two-letter US state. */
  readonly insuranceState: string;
}

export interface Provider {
  readonly role: string;
  readonly identifiers: readonly Identifier[];
  readonly firstName?: string;
  readonly lastName?: string;
  readonly organizationName?: string;
  readonly specialty?: string;
  readonly phone?: string;
  readonly fax?: string;
  readonly address?: Address;
}

export interface RequestedBy {
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string;
}

export interface RequestedService {
  readonly code: string;
  readonly codeSystem: string;
  readonly drugName?: string;
  readonly requestedStartDate?: string;
  readonly requestedEndDate?: string;
}

export interface Diagnosis {
  readonly code: string;
  readonly codeSystem: string;
}

export interface Location {
  readonly name: string;
  readonly npi?: string;
  readonly phone?: string;
  readonly fax?: string;
  readonly address?: Address;
}

export interface CaseData {
  readonly patient: Patient;
  readonly coverage: Coverage;
  readonly providers: readonly Provider[];
  readonly requestedBy?: RequestedBy;
  readonly service: RequestedService;
  readonly diagnoses: readonly Diagnosis[];
  readonly urgency: string;
  readonly locations?: { readonly servicing?: Location; readonly referring?: Location };
  readonly siteOfCare?: string;
  readonly treatmentPhase?: string;
}

/** What requirement rules may know of a file of the case. */
export interface AttachmentFact {
  readonly id: string;
  readonly label: string;
  readonly fileName: string;
  readonly mimeType: string;
  readonly documentTypes: readonly string[];
  /** Set when the file cannot be placed in a packet: it is encrypted, damaged or beyond the page or pixel limits. */
  readonly problem?: 'encrypted' | 'damaged' | 'too_large';
  /** Set when the file is an answer and no attachment. `path` is `<linkId>` or, inside an instance, `<group>[0].<linkId>`. */
  readonly answerTo?: { readonly linkId: string; readonly path: string };
}
