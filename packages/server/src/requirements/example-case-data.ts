import type { CaseData } from './case-data.ts';

/** The contract's create example with identifiers whose check digits are right. For tests and benchmarks. */
export const exampleCase: CaseData = {
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
    groupNumber: 'GRP-123',
    planType: 'commercial',
    insuranceState: 'CA',
  },
  providers: [
    {
      role: 'prescribing',
      identifiers: [
        { type: 'npi', value: '1234567893' },
        { type: 'dea', value: 'AB1234563' },
      ],
      firstName: 'Ajay',
      lastName: 'Patel',
      specialty: 'Hematologist',
      phone: '415-555-0100',
    },
    { role: 'referring', identifiers: [], firstName: 'Rosa', lastName: 'Ruiz' },
  ],
  requestedBy: { firstName: 'Alicia', lastName: 'Gomez', phone: '415-555-0100' },
  service: {
    code: 'J0791',
    codeSystem: 'hcpcs',
    drugName: 'Adakveo',
    requestedStartDate: '2026-03-13',
    requestedEndDate: '2026-09-13',
  },
  diagnoses: [
    { code: 'D57.00', codeSystem: 'icd_10' },
    { code: 'Z79.899', codeSystem: 'icd_10' },
  ],
  urgency: 'standard',
};
