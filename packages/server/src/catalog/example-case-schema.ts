import { Type } from 'typebox';
import {
  patientIdentifierTypes,
  planTypes,
  providerIdentifierTypes,
  providerRoles,
} from '../requirements/case-shape.ts';
import { documentTypes } from '../requirements/rules.ts';
import { compileSchemaCheck } from './json-schema-check.ts';
import { calendarDate, listOf, oneOf, someText, strictObject } from './schema-parts.ts';

const optionalText = Type.Optional(someText);

const address = strictObject({
  line1: someText,
  line2: optionalText,
  city: someText,
  state: someText,
  zip: someText,
});

function identifiers(types: readonly string[]) {
  return Type.Array(strictObject({ type: oneOf(types), value: someText }));
}

const patient = strictObject({
  identifiers: identifiers(patientIdentifierTypes),
  firstName: someText,
  lastName: someText,
  dateOfBirth: calendarDate,
  gender: Type.Optional(oneOf(['male', 'female', 'other', 'unknown'])),
  phone: optionalText,
  address: Type.Optional(address),
});

const coverage = strictObject({
  payerId: someText,
  memberId: someText,
  groupNumber: optionalText,
  planType: oneOf(planTypes),
  insuranceState: someText,
});

const provider = strictObject({
  role: oneOf(providerRoles),
  identifiers: identifiers(providerIdentifierTypes),
  firstName: optionalText,
  lastName: optionalText,
  organizationName: optionalText,
  specialty: optionalText,
  phone: optionalText,
  fax: optionalText,
  address: Type.Optional(address),
});

const location = strictObject({
  name: someText,
  npi: optionalText,
  phone: optionalText,
  fax: optionalText,
  address: Type.Optional(address),
});

const caseData = strictObject({
  patient,
  coverage,
  providers: Type.Array(provider),
  requestedBy: Type.Optional(strictObject({ firstName: someText, lastName: someText, phone: optionalText })),
  service: strictObject({
    code: someText,
    codeSystem: oneOf(['hcpcs', 'cpt', 'ndc']),
    drugName: optionalText,
    requestedStartDate: Type.Optional(calendarDate),
    requestedEndDate: Type.Optional(calendarDate),
  }),
  diagnoses: Type.Array(strictObject({ code: someText, codeSystem: oneOf(['icd_10']) })),
  urgency: oneOf(['standard', 'expedited']),
  locations: Type.Optional(
    strictObject({ servicing: Type.Optional(location), referring: Type.Optional(location) }),
  ),
  siteOfCare: optionalText,
  treatmentPhase: optionalText,
});

const attachment = strictObject({
  id: optionalText,
  label: someText,
  fileName: optionalText,
  mimeType: optionalText,
  documentTypes: Type.Optional(listOf(oneOf(documentTypes))),
  problem: Type.Optional(oneOf(['encrypted', 'damaged', 'too_large'])),
});

const linkIds = Type.Optional(listOf(someText));
const issues = Type.Optional(listOf(strictObject({ field: someText, code: someText })));

function statuses(values: readonly string[]) {
  return Type.Optional(Type.Record(Type.String(), oneOf(values)));
}

const expectation = Type.Object(
  {
    submittable: Type.Optional(Type.Boolean()),
    enabled: linkIds,
    disabled: linkIds,
    required: linkIds,
    notRequired: linkIds,
    issues,
    issuesInclude: issues,
    groups: statuses(['satisfied', 'violated', 'inactive']),
    documents: statuses(['satisfied', 'missing', 'recommended', 'inactive']),
    context: statuses(['satisfied', 'missing']),
    cleared: linkIds,
    rejected: Type.Optional(strictObject({ kind: oneOf(['not_enabled', 'invalid']), rejections: issues })),
  },
  { additionalProperties: false, minProperties: 1, description: 'at least one expectation' },
);

/** Responses are left to the engine: they are what a client would send. */
const response = Type.Unsafe<object>({ type: 'object' });

const exampleCaseSchema = strictObject({
  name: someText,
  case: caseData,
  answers: Type.Optional(Type.Unsafe<object>({ type: ['object', 'array'], items: response })),
  attachments: Type.Optional(Type.Array(attachment)),
  expect: expectation,
});

export const checkExampleCaseFile = compileSchemaCheck(exampleCaseSchema);
