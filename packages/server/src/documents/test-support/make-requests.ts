import type { TemplateDefinition } from '../../catalog/template.ts';
import type { QuestionnaireItem, ResponseItem } from '../../questionnaire/types.ts';
import type { CaseData } from '../../requirements/case-data.ts';
import type { FormRequest, PacketAttachment, PacketRequest } from '../types.ts';

export const sampleCase: CaseData = {
  patient: {
    identifiers: [{ type: 'mrn', value: 'MRN-77' }],
    firstName: 'Jane',
    lastName: 'Doe',
    dateOfBirth: '1988-05-09',
    gender: 'female',
    phone: '415-555-0199',
    address: { line1: '123 Main St', city: 'San Francisco', state: 'CA', zip: '94105' },
  },
  coverage: {
    payerId: 'payer_acme',
    memberId: 'W123456789',
    groupNumber: 'GRP-1',
    planType: 'commercial',
    insuranceState: 'CA',
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
    },
  ],
  requestedBy: { firstName: 'Alicia', lastName: 'Gomez', phone: '415-555-0102' },
  service: { code: 'J0791', codeSystem: 'hcpcs', drugName: 'Adakveo', requestedStartDate: '2026-03-13' },
  diagnoses: [{ code: 'D57.00', codeSystem: 'icd_10' }],
  urgency: 'standard',
};

export interface RequestParts {
  readonly items: readonly QuestionnaireItem[];
  readonly answers: readonly ResponseItem[];
  readonly definition: Partial<TemplateDefinition>;
  readonly form: Uint8Array;
}

const oneQuestion: readonly QuestionnaireItem[] = [
  { linkId: 'only', text: 'The only question', type: 'string' },
];

export function makeFormRequest(
  parts: Partial<RequestParts> = {},
  overrides: Partial<FormRequest> = {},
): FormRequest {
  return {
    caseId: 'auth_test01',
    payerName: 'Acme Health',
    case: sampleCase,
    template: {
      definition: {
        id: 'acme-test',
        version: '1.0',
        title: 'Test request form',
        match: {
          payerId: 'payer_acme',
          planTypes: ['*'],
          states: ['*'],
          service: { codeSystem: 'hcpcs', codes: ['J0791'] },
        },
        sources: [],
        ...parts.definition,
      },
      questionnaire: { resourceType: 'Questionnaire', status: 'active', item: parts.items ?? oneQuestion },
      valueSets: [],
      ...(parts.form === undefined ? {} : { form: parts.form }),
    },
    answers: parts.answers ?? [],
    generatedAt: '2026-03-13T14:05:22Z',
    draft: false,
    sandbox: false,
    ...overrides,
  };
}

export function makePacketRequest(
  attachments: readonly PacketAttachment[],
  parts: Partial<RequestParts> = {},
  overrides: Partial<PacketRequest> = {},
): PacketRequest {
  return {
    ...makeFormRequest(parts),
    attachments,
    submissionNumber: 1,
    destination: '+1 800 555 0142',
    ...overrides,
  };
}
