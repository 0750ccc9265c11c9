import type { Static } from 'typebox';
import type { AuthorizationCreate, AuthorizationPatch } from '../case-parts.ts';

/** What the reference shows clients to send: one case, told from the draft to the payer's request. */

export const createRequest = {
  patient: {
    identifiers: [{ type: 'mrn', value: 'MRN-001' }],
    firstName: 'Jane',
    lastName: 'Doe',
    dateOfBirth: '1988-05-09',
    address: { line1: '123 Main St', city: 'San Francisco', state: 'CA', zip: '94105' },
  },
  coverage: {
    payerId: 'payer_aetna',
    memberId: 'W123456789',
    planType: 'commercial',
    insuranceState: 'CA',
    groupNumber: 'GRP-123',
  },
  providers: [
    {
      role: 'prescribing',
      identifiers: [{ type: 'npi', value: '1234567893' }],
      firstName: 'Ajay',
      lastName: 'Patel',
      specialty: 'hematologist',
      phone: '415-555-0100',
      fax: '415-555-0101',
      address: { line1: '100 Main St', city: 'San Francisco', state: 'CA', zip: '94105' },
    },
  ],
  service: {
    code: 'J0791',
    codeSystem: 'hcpcs',
    drugName: 'Adakveo',
    requestedStartDate: '2026-03-13',
    requestedEndDate: '2026-09-13',
  },
  diagnoses: [{ code: 'D57.00', codeSystem: 'icd_10' }],
  requestedBy: { firstName: 'Alicia', lastName: 'Gomez', phone: '415-555-0100' },
  metadata: { externalCaseId: 'case-42' },
} satisfies Static<typeof AuthorizationCreate>;

/** Every answer the Adakveo template needs for a start of treatment. */
export const updateRequest = {
  questionnaireResponse: {
    item: [
      { linkId: 'request_type', answer: [{ valueCoding: { code: 'start_of_treatment' } }] },
      { linkId: 'acknowledgment_date', answer: [{ valueDate: '2026-03-13' }] },
      { linkId: 'genotype', answer: [{ valueCoding: { code: 'hb_ss' } }] },
      { linkId: 'age_years', answer: [{ valueInteger: 37 }] },
      { linkId: 'body_weight', answer: [{ valueQuantity: { value: 64.5, unit: 'kg' } }] },
      { linkId: 'crises_last_12_months', answer: [{ valueInteger: 4 }] },
      { linkId: 'hydroxyurea_status', answer: [{ valueCoding: { code: 'current' } }] },
      { linkId: 'hydroxyurea_outcome', answer: [{ valueCoding: { code: 'crises_continue' } }] },
      { linkId: 'label_dosing', answer: [{ valueBoolean: true }] },
      { linkId: 'infusion_site', answer: [{ valueCoding: { code: 'infusion_center' } }] },
    ],
  },
} satisfies Static<typeof AuthorizationPatch>;

export const attachRequest = {
  fileId: 'file_123',
  label: 'Recent clinical note',
  documentTypes: ['clinical_note'],
};

export const resolveRequest = {
  attachmentIds: ['att_123'],
  note: 'Updated clinical note attached.',
};
