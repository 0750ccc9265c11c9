import type { Static } from 'typebox';
import type { PreviewResource } from '../preview-schema.ts';

const document = {
  mimeType: 'application/pdf',
  generatedAt: '2026-03-13T17:02:00.000Z',
} as const;
const downloadUrl = (fileId: string) =>
  `https://precert.example.com/v1/files/${fileId}/download?expires=1773421560&signature=qUwaV-tVLchF621ugEVVsmCPoikq3xXfW6Yew7JFzUM`;

/** A preview of the case as it was created, no question answered yet: the first entry of each list. */
export const previewed = {
  authorizationId: 'auth_123',
  workflowState: 'needs_input',
  submittable: false,
  validationIssues: [
    {
      field: 'questionnaireResponse.items.request_type',
      code: 'required',
      message: 'An answer is needed for "Request type".',
      severity: 'error',
      blocking: true,
      ruleType: 'required',
      relatedKeys: ['questionnaire.request_type'],
    },
  ],
  contextRequirements: [
    {
      key: 'context.providers.prescribing',
      label: 'Prescribing provider',
      requiredMode: 'required',
      status: 'satisfied',
      blocking: true,
      paths: [
        'providers[role=prescribing].firstName',
        'providers[role=prescribing].lastName',
        'providers[role=prescribing].identifiers[npi]',
      ],
      message: 'This form needs a prescribing provider.',
    },
  ],
  questionStates: [
    {
      key: 'questionnaire.request_type',
      linkId: 'request_type',
      enabled: true,
      required: true,
      answered: false,
      blocking: true,
    },
  ],
  activeRequirementGroups: [
    {
      id: 'acknowledgment-date-required',
      kind: 'required',
      label: 'Acknowledgment date',
      message: 'Give the acknowledgment date first.',
      fieldKeys: ['questionnaire.acknowledgment_date'],
      status: 'violated',
      severity: 'error',
      blocking: true,
    },
  ],
  supportingDocumentRequests: [
    {
      key: 'questionnaire.request_type',
      label: 'Clinical documentation',
      requiredMode: 'recommended',
      status: 'recommended',
      likelyDocTypes: ['clinical_note', 'treatment_plan'],
      message: 'Clinical documentation usually accompanies this request.',
    },
  ],
  mappingSummary: {
    sourceFormId: 'aetna-adakveo-precert-2026-01',
    sourceFormTitle: 'Adakveo Medication Precertification Request',
    requiredQuestionCount: 7,
    answeredRequiredQuestionCount: 0,
    enabledQuestionCount: 10,
    answeredQuestionCount: 0,
    mappedFieldCount: 35,
    unmappedFieldKeys: [],
  },
  documents: {
    filledForm: {
      ...document,
      fileName: 'filled-form.pdf',
      sizeBytes: 23_162,
      pageCount: 2,
      downloadUrl: downloadUrl('file_201'),
      sha256: '76c6c15476507982c25affc36c5a6cdb4365a8ca02e947948f15d4ce9ef5af0b',
    },
    draftPacket: {
      ...document,
      fileName: 'draft-packet.pdf',
      sizeBytes: 38_497,
      pageCount: 3,
      downloadUrl: downloadUrl('file_202'),
      sha256: 'ab456674d4c86cd8dea699119ab225f46c36a3ba0f6cf2e57e6fa3dfbd5e6713',
    },
  },
} satisfies Static<typeof PreviewResource>;
