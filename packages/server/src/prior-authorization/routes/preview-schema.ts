import { Type } from 'typebox';
import { component } from '../../platform/http/components.ts';
import { stringEnum, timestamp } from '../../platform/http/schemas.ts';
import { WorkflowState } from './schemas.ts';

/** Contract prior-auth.md, 1.6 and 4.4. */

const text = () => Type.String();
const texts = () => Type.Array(Type.String());
const requiredMode = stringEnum(['required', 'conditional', 'recommended', 'optional']);
const severity = stringEnum(['error', 'warning', 'info']);

const ValidationIssue = component(
  'ValidationIssue',
  Type.Object({
    field: text(),
    code: stringEnum([
      'required',
      'invalid_type',
      'invalid_format',
      'invalid_option',
      'out_of_range',
      'group_violated',
      'context_missing',
      'document_missing',
      'attachment_unreadable',
    ]),
    message: text(),
    severity,
    blocking: Type.Boolean(),
    ruleType: stringEnum(['required', 'context', 'group', 'format', 'value_set', 'range', 'document']),
    relatedKeys: texts(),
  }),
);

const ContextRequirement = component(
  'ContextRequirement',
  Type.Object({
    key: text(),
    label: text(),
    requiredMode,
    status: stringEnum(['satisfied', 'missing']),
    blocking: Type.Boolean({
      description: 'Whether it would block when missing; true also while satisfied.',
    }),
    paths: texts(),
    message: text(),
  }),
);

const QuestionState = component(
  'QuestionState',
  Type.Object({
    key: text(),
    linkId: text(),
    enabled: Type.Boolean(),
    required: Type.Boolean(),
    answered: Type.Boolean(),
    blocking: Type.Boolean(),
  }),
);

const RequirementGroup = component(
  'RequirementGroup',
  Type.Object({
    id: text(),
    kind: stringEnum([
      'required',
      'at_least_one',
      'exactly_one',
      'all_or_none',
      'mutually_exclusive',
      'conditional',
    ]),
    label: text(),
    message: text(),
    fieldKeys: texts(),
    status: stringEnum(['satisfied', 'violated']),
    severity,
    blocking: Type.Boolean(),
  }),
);

const SupportingDocumentRequest = component(
  'SupportingDocumentRequest',
  Type.Object({
    key: text(),
    label: text(),
    requiredMode,
    status: stringEnum(['satisfied', 'missing', 'recommended']),
    likelyDocTypes: texts(),
    message: text(),
  }),
);

const MappingSummary = component(
  'MappingSummary',
  Type.Object({
    sourceFormId: text(),
    sourceFormTitle: text(),
    requiredQuestionCount: Type.Integer(),
    answeredRequiredQuestionCount: Type.Integer(),
    enabledQuestionCount: Type.Integer(),
    answeredQuestionCount: Type.Integer(),
    mappedFieldCount: Type.Integer(),
    unmappedFieldKeys: texts(),
  }),
);

const PreviewDocument = component(
  'PreviewDocument',
  Type.Object({
    fileName: text(),
    mimeType: stringEnum(['application/pdf']),
    sizeBytes: Type.Integer(),
    pageCount: Type.Integer(),
    downloadUrl: Type.String({ format: 'uri' }),
    sha256: text(),
    generatedAt: timestamp(),
  }),
);

export const PreviewResource = component(
  'Preview',
  Type.Object({
    authorizationId: text(),
    workflowState: WorkflowState,
    submittable: Type.Boolean(),
    validationIssues: Type.Array(ValidationIssue),
    contextRequirements: Type.Array(ContextRequirement),
    questionStates: Type.Array(QuestionState),
    activeRequirementGroups: Type.Array(RequirementGroup),
    supportingDocumentRequests: Type.Array(SupportingDocumentRequest),
    mappingSummary: MappingSummary,
    documents: Type.Object({ filledForm: PreviewDocument, draftPacket: PreviewDocument }),
  }),
);
