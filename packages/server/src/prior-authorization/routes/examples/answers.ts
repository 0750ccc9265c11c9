import type { Static } from 'typebox';
import type { Attachment, Authorization } from '../schemas.ts';
import { attachRequest, createRequest, resolveRequest, updateRequest } from './requests.ts';

/**
 * What the server answers to the requests beside this file; `test/api/documented-examples.test.ts` plays them. Lists of
 * the questionnaire and of the preview are cut to their first entries.
 */

const questionnaireUrl = 'https://api.example.com/questionnaires/aetna-adakveo-precert-2026-01';

const questionnaire = {
  resourceType: 'Questionnaire',
  url: questionnaireUrl,
  title: 'Adakveo Medication Precertification Request',
  status: 'active',
  item: [
    {
      linkId: 'request',
      text: 'Request details',
      type: 'group',
      item: [
        {
          linkId: 'request_type',
          text: 'Request type',
          type: 'choice',
          required: true,
          answerOption: [
            { valueCoding: { code: 'start_of_treatment', display: 'Start of treatment' } },
            { valueCoding: { code: 'continuation_of_therapy', display: 'Continuation of therapy' } },
          ],
        },
      ],
    },
  ],
};

const { metadata, ...sent } = createRequest;

export const created = {
  id: 'auth_123',
  workflowState: 'needs_input',
  decisionState: 'unknown',
  urgency: 'standard',
  submissionChannel: null,
  payer: { id: 'payer_aetna', slug: 'aetna', displayName: 'Aetna' },
  ...sent,
  locations: null,
  siteOfCare: null,
  treatmentPhase: null,
  questionnaire,
  questionnaireResponse: {
    resourceType: 'QuestionnaireResponse',
    questionnaire: questionnaireUrl,
    status: 'in-progress',
    item: [],
  },
  supportingDocumentationGuidance: [
    {
      key: 'questionnaire.request_type',
      label: 'Clinical documentation',
      requiredMode: 'recommended',
      likelyDocTypes: ['clinical_note', 'treatment_plan'],
      message: 'Clinical documentation usually accompanies this request.',
    },
  ],
  attachments: [],
  latestSubmission: null,
  actions: [],
  decisionDetails: null,
  cancellationReason: null,
  metadata,
  template: { id: 'aetna-adakveo-precert-2026-01', version: '1.1' },
  version: 1,
  submittedAt: null,
  completedAt: null,
  cancelledAt: null,
  createdAt: '2026-03-13T17:00:00.000Z',
  updatedAt: '2026-03-13T17:00:00.000Z',
} satisfies Static<typeof Authorization>;

export const updated = {
  ...created,
  workflowState: 'ready_to_submit',
  questionnaireResponse: {
    ...created.questionnaireResponse,
    item: updateRequest.questionnaireResponse.item.slice(0, 2),
  },
  version: 2,
  updatedAt: '2026-03-13T17:05:00.000Z',
} satisfies Static<typeof Authorization>;

export const attached = {
  id: 'att_123',
  authorizationId: 'auth_123',
  ...attachRequest,
  fileName: 'clinical-note.pdf',
  mimeType: 'application/pdf',
  sizeBytes: 2382,
  downloadUrl:
    'https://precert.example.com/v1/files/file_123/download?expires=1773421560&signature=qUwaV-tVLchF621ugEVVsmCPoikq3xXfW6Yew7JFzUM',
  createdAt: '2026-03-13T17:06:00.000Z',
} satisfies Static<typeof Attachment>;

export const submitted = {
  ...updated,
  workflowState: 'pending_payer',
  decisionState: 'pending',
  submissionChannel: 'fax',
  questionnaireResponse: { ...updated.questionnaireResponse, status: 'completed' },
  attachments: [attached],
  latestSubmission: {
    id: 'sa_123',
    attemptNumber: 1,
    status: 'completed',
    channel: 'fax',
    failure: null,
    createdAt: '2026-03-13T17:07:00.000Z',
  },
  version: 5,
  submittedAt: '2026-03-13T17:07:01.000Z',
  updatedAt: '2026-03-13T17:07:01.000Z',
} satisfies Static<typeof Authorization>;

/** The payer asks for more; for the sandbox's example. */
export const askedForMore = {
  ...submitted,
  workflowState: 'action_required',
  questionnaireResponse: updated.questionnaireResponse,
  actions: [
    {
      id: 'act_123',
      authorizationId: 'auth_123',
      type: 'more_info_request',
      status: 'open',
      blocking: true,
      resolvable: true,
      message: 'Payer requested updated clinical notes documenting prior therapy response.',
      field: null,
      code: null,
      requestedDocuments: ['Updated clinical notes documenting prior therapy response'],
      resolutionHint: 'Attach the updated note, resolve the action, and resubmit.',
      artifactId: 'art_123',
      relatedKeys: [],
      resolution: null,
      createdAt: '2026-03-16T09:00:00.000Z',
      resolvedAt: null,
    },
  ],
  version: 6,
  updatedAt: '2026-03-16T09:00:00.000Z',
} satisfies Static<typeof Authorization>;

export const resolved = {
  ...askedForMore,
  workflowState: 'ready_to_submit',
  actions: askedForMore.actions.map((action) => ({
    ...action,
    status: 'resolved' as const,
    resolution: resolveRequest,
    resolvedAt: '2026-03-16T10:30:00.000Z',
  })),
  version: 7,
  updatedAt: '2026-03-16T10:30:00.000Z',
} satisfies Static<typeof Authorization>;
