import { Type } from 'typebox';
import { component, constantComponent } from '../../platform/http/components.ts';
import {
  described,
  nullable,
  opaqueObject,
  pageOf,
  stringEnum,
  timestamp,
} from '../../platform/http/schemas.ts';
import { eventTypes } from '../events.ts';
import { decisionStates, workflowStates } from '../lifecycle.ts';
import {
  actionStatuses,
  actionTypes,
  artifactKinds,
  submissionChannels,
  urgencies,
} from '../prior-authorization.ts';
import { attemptStatuses } from '../submission-attempt.ts';
import {
  Coverage,
  Diagnosis,
  Locations,
  Metadata,
  Patient,
  Provider,
  RequestedBy,
  RequestedService,
} from './case-parts.ts';

/** What the server answers (contract prior-auth.md, 1.2 to 1.12). Fields that stand in no schema never leave. */

export const WorkflowState = stringEnum(workflowStates);
export const DecisionState = stringEnum(decisionStates);
const requiredMode = stringEnum(['required', 'conditional', 'recommended', 'optional']);
const text = () => Type.String();
const id = (example: string) => Type.String({ examples: [example] });
const texts = () => Type.Array(Type.String());

export const PayerSummary = component(
  'PayerSummary',
  Type.Object({ id: id('payer_aetna'), slug: id('aetna'), displayName: id('Aetna') }),
);

export const Attachment = component(
  'Attachment',
  Type.Object({
    id: id('att_123'),
    authorizationId: id('auth_123'),
    fileId: id('file_123'),
    label: text(),
    fileName: text(),
    mimeType: text(),
    sizeBytes: nullable(Type.Integer()),
    downloadUrl: Type.String({ format: 'uri' }),
    documentTypes: texts(),
    metadata: Type.Optional(opaqueObject()),
    createdAt: timestamp(),
  }),
);

export const ActionResource = component(
  'Action',
  Type.Object({
    id: id('act_123'),
    authorizationId: id('auth_123'),
    type: stringEnum(actionTypes),
    status: stringEnum(actionStatuses),
    blocking: Type.Boolean(),
    resolvable: Type.Boolean({ description: 'Whether `POST …/actions/{actionId}/resolve` takes it.' }),
    message: text(),
    field: nullable(text()),
    code: nullable(text()),
    requestedDocuments: texts(),
    resolutionHint: nullable(text()),
    artifactId: nullable(text()),
    relatedKeys: texts(),
    resolution: nullable(Type.Object({ attachmentIds: texts(), note: nullable(text()) })),
    createdAt: timestamp(),
    resolvedAt: nullable(timestamp()),
  }),
);

const Approval = Type.Object({
  decision: stringEnum(['approved']),
  certificationNumber: text(),
  approvedStartDate: text(),
  approvedEndDate: text(),
  approvalExpiresAt: text(),
  payerReferenceNumber: nullable(text()),
  artifactId: text(),
  decidedAt: timestamp(),
});
const Denial = Type.Object({
  decision: stringEnum(['denied']),
  denialReasonCode: text(),
  denialReasonMessage: text(),
  payerReferenceNumber: nullable(text()),
  artifactId: text(),
  decidedAt: timestamp(),
});
const DecisionDetails = component(
  'DecisionDetails',
  Type.Object({
    ...Type.Partial(Approval).properties,
    ...Type.Partial(Denial).properties,
    decision: stringEnum(['approved', 'denied']),
    payerReferenceNumber: nullable(text()),
    artifactId: text(),
    decidedAt: timestamp(),
  }),
);

const attempt = {
  id: id('sa_123'),
  authorizationId: id('auth_123'),
  attemptNumber: Type.Integer(),
  authorizationVersion: Type.Integer(),
  channel: stringEnum(submissionChannels),
  status: stringEnum(attemptStatuses, {
    description:
      '`completed` means handed over, not approved. `outcome_unknown`: nobody can tell yet; it is never sent again blindly.',
  }),
  acceptedAt: nullable(timestamp()),
  deliveredAt: nullable(timestamp()),
  completedAt: nullable(timestamp()),
  failedAt: nullable(timestamp()),
  failure: nullable(Type.Object({ code: text(), message: text(), retryable: Type.Boolean() })),
  correlations: Type.Array(Type.Object({ kind: text(), value: text() })),
  packetArtifactId: nullable(text()),
  createdAt: timestamp(),
};
export const SubmissionAttemptResource = component('SubmissionAttempt', Type.Object(attempt));
export const SubmissionAttemptPage = pageOf('SubmissionAttemptPage', SubmissionAttemptResource);

const LatestSubmission = component(
  'LatestSubmission',
  Type.Object(
    {
      id: attempt.id,
      attemptNumber: attempt.attemptNumber,
      status: attempt.status,
      channel: attempt.channel,
      failure: attempt.failure,
      createdAt: attempt.createdAt,
    },
    { description: 'How the last hand-over went; all of them are listed under `/submissions`.' },
  ),
);

const Guidance = component(
  'SupportingDocumentationGuidance',
  Type.Object({
    key: text(),
    label: text(),
    requiredMode,
    likelyDocTypes: texts(),
    message: text(),
    appliesWhen: Type.Optional(text()),
  }),
);

const QuestionnaireResponse = component(
  'QuestionnaireResponse',
  opaqueObject({ description: 'FHIR R4; `item` is flat by linkId, but for instances of repeating groups.' }),
);

/** In the order of the contract's examples. */
const authorization = {
  id: id('auth_123'),
  workflowState: WorkflowState,
  decisionState: DecisionState,
  urgency: stringEnum(urgencies),
  submissionChannel: nullable(stringEnum(submissionChannels)),
  payer: PayerSummary,
  patient: Patient,
  coverage: Coverage,
  providers: Type.Array(Provider),
  service: RequestedService,
  diagnoses: Type.Array(Diagnosis),
  locations: nullable(Locations),
  requestedBy: nullable(RequestedBy),
  siteOfCare: nullable(text()),
  treatmentPhase: nullable(text()),
};
const record = {
  questionnaireResponse: QuestionnaireResponse,
  supportingDocumentationGuidance: Type.Array(Guidance),
  attachments: Type.Array(Attachment),
  latestSubmission: nullable(LatestSubmission),
  actions: Type.Array(ActionResource, {
    description:
      'Validation issues while they are open, and every request of the payer. What became of the others is in the events.',
  }),
  decisionDetails: nullable(DecisionDetails),
  cancellationReason: nullable(text()),
  metadata: nullable(Metadata),
  template: Type.Object(
    { id: text(), version: text() },
    { description: 'The requirement template this case pins.' },
  ),
  version: Type.Integer({ description: 'Also sent as ETag; rises with each change.' }),
  submittedAt: nullable(timestamp()),
  completedAt: nullable(timestamp()),
  cancelledAt: nullable(timestamp()),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

const Questionnaire = constantComponent(
  'Questionnaire',
  opaqueObject({ description: 'FHIR R4 Questionnaire, as the template holds it.' }),
);

export const Authorization = component(
  'Authorization',
  Type.Object({ ...authorization, questionnaire: Questionnaire, ...record }),
);
/** Answers of the routes that return the case: its version is also the `ETag`, to be sent back as `If-Match`. */
export const authorizationResponse = (description: string) =>
  described(description, Authorization, {
    ETag: { type: 'string', description: 'The `version`, in quotes.' },
  });

export const AuthorizationListItem = component(
  'AuthorizationListItem',
  Type.Object(
    { ...authorization, ...record },
    { description: 'An Authorization without its `questionnaire`.' },
  ),
);
export const AuthorizationPage = pageOf('AuthorizationPage', AuthorizationListItem);

export const EventResource = component(
  'Event',
  Type.Object({
    id: id('evt_123'),
    authorizationId: id('auth_123'),
    sequence: Type.Integer({ description: 'Gapless within the authorization; the first is 1.' }),
    // The names are the keys of the event catalogue; `Object.keys` only widens them to string.
    type: stringEnum(Object.keys(eventTypes) as (keyof typeof eventTypes)[]),
    timestamp: timestamp(),
    payload: opaqueObject(),
  }),
);
export const EventPage = pageOf('EventPage', EventResource);

export const ArtifactResource = component(
  'Artifact',
  Type.Object({
    id: id('art_123'),
    authorizationId: id('auth_123'),
    fileId: id('file_123'),
    kind: stringEnum(artifactKinds),
    label: text(),
    mimeType: text(),
    metadata: opaqueObject(),
    downloadUrl: Type.String({ format: 'uri' }),
    createdAt: timestamp(),
  }),
);
export const ArtifactPage = pageOf('ArtifactPage', ArtifactResource);
