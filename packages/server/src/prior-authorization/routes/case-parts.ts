import { type TProperties, type TSchema, Type } from 'typebox';
import { component } from '../../platform/http/components.ts';
import { calendarDate, nullable, strictObject, stringEnum } from '../../platform/http/schemas.ts';
import {
  patientIdentifierTypes,
  planTypes,
  providerIdentifierTypes,
  providerRoles,
} from '../../requirements/case-shape.ts';
import { urgencies } from '../prior-authorization.ts';

/** The enums of contract prior-auth.md, 2. */
const codeSystems = ['hcpcs', 'cpt', 'ndc'] as const;
const genders = ['male', 'female', 'other', 'unknown'] as const;

/** At least one character that leaves a mark on paper. */
const notBlank = '^$|[^\\p{Z}\\p{C}]';
const shortText = (example?: string) =>
  Type.String({
    minLength: 1,
    pattern: notBlank,
    maxLength: 200,
    ...(example ? { examples: [example] } : {}),
  });
const phone = () => Type.String({ minLength: 1, maxLength: 40, examples: ['415-555-0100'] });
/** Absent and null are the same: not known. */
const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(nullable(schema));
const state = () =>
  Type.String({ pattern: '^[A-Z]{2}$', description: 'Two-letter US state.', examples: ['CA'] });

const Address = component(
  'Address',
  strictObject({
    line1: shortText('123 Main St'),
    line2: optional(shortText()),
    city: shortText('San Francisco'),
    state: state(),
    zip: Type.String({ pattern: '^[0-9]{5}(-[0-9]{4})?$', examples: ['94105'] }),
  }),
);

const PatientIdentifier = component(
  'PatientIdentifier',
  strictObject({ type: stringEnum(patientIdentifierTypes), value: shortText('MRN-001') }),
);

const ProviderIdentifier = component(
  'ProviderIdentifier',
  strictObject({ type: stringEnum(providerIdentifierTypes), value: shortText('1234567893') }),
);

const patient = {
  identifiers: Type.Array(PatientIdentifier, { minItems: 1, maxItems: 20 }),
  firstName: shortText('Jane'),
  lastName: shortText('Doe'),
  dateOfBirth: calendarDate({ examples: ['1988-05-09'] }),
  gender: optional(stringEnum(genders)),
  phone: optional(phone()),
  address: optional(Address),
};
export const Patient = component('Patient', strictObject(patient));

const coverage = {
  payerId: Type.String({ minLength: 1, maxLength: 64, examples: ['payer_aetna'] }),
  memberId: Type.String({ minLength: 1, pattern: notBlank, maxLength: 128, examples: ['W123456789'] }),
  groupNumber: optional(Type.String({ minLength: 1, maxLength: 128, examples: ['GRP-123'] })),
  planType: stringEnum(planTypes),
  insuranceState: state(),
};
export const Coverage = component('Coverage', strictObject(coverage));

export const Provider = component(
  'Provider',
  strictObject({
    role: stringEnum(providerRoles),
    identifiers: Type.Optional(Type.Array(ProviderIdentifier, { maxItems: 20 })),
    firstName: optional(shortText('Ajay')),
    lastName: optional(shortText('Patel')),
    organizationName: optional(shortText()),
    specialty: optional(shortText('hematologist')),
    phone: optional(phone()),
    fax: optional(phone()),
    address: optional(Address),
  }),
);

const requestedBy = {
  firstName: shortText('Alicia'),
  lastName: shortText('Gomez'),
  phone: optional(phone()),
};
export const RequestedBy = component('RequestedBy', strictObject(requestedBy));

const service = {
  code: Type.String({ minLength: 1, maxLength: 20, examples: ['J0791'] }),
  codeSystem: stringEnum(codeSystems),
  drugName: optional(shortText('Adakveo')),
  requestedStartDate: optional(calendarDate()),
  requestedEndDate: optional(calendarDate({ examples: ['2026-09-13'] })),
};
export const RequestedService = component('RequestedService', strictObject(service));

export const Diagnosis = component(
  'Diagnosis',
  strictObject({
    code: Type.String({ minLength: 1, maxLength: 20, examples: ['D57.00'] }),
    codeSystem: stringEnum(['icd_10']),
  }),
);

const Location = component(
  'Location',
  strictObject({
    name: shortText('Main Street Infusion Center'),
    npi: optional(Type.String({ pattern: '^[0-9]{10}$', examples: ['1234567893'] })),
    phone: optional(phone()),
    fax: optional(phone()),
    address: optional(Address),
  }),
);
export const Locations = component(
  'Locations',
  strictObject({ servicing: optional(Location), referring: optional(Location) }),
);

export const Metadata = component(
  'Metadata',
  // Type.Record would keep neither the limit of names nor, for a name with a line break, that of values.
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    propertyNames: { type: 'string', maxLength: 100 },
    additionalProperties: { type: 'string', maxLength: 1000 },
    maxProperties: 50,
    description: 'Your own references; never sent to a payer.',
    examples: [{ externalCaseId: 'case-42' }],
  }),
);

const responseInput = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description:
    'A FHIR R4 QuestionnaireResponse or only its `item`; flat or nested in groups. Merges by linkId. A case holds at most 10,000 answers and 1 MiB of them.',
  examples: [
    { item: [{ linkId: 'request_type', answer: [{ valueCoding: { code: 'start_of_treatment' } }] }] },
  ],
});

const collections = {
  providers: Type.Array(Provider, { maxItems: 50 }),
  diagnoses: Type.Array(Diagnosis, { maxItems: 50 }),
  urgency: stringEnum(urgencies),
};

const scalars = {
  siteOfCare: optional(shortText()),
  treatmentPhase: optional(shortText()),
  metadata: optional(Metadata),
  questionnaireResponse: Type.Optional(responseInput),
};

export const AuthorizationCreate = component(
  'AuthorizationCreate',
  strictObject({
    patient: Patient,
    coverage: Coverage,
    service: RequestedService,
    requestedBy: optional(RequestedBy),
    locations: optional(Locations),
    providers: optional(collections.providers),
    diagnoses: optional(collections.diagnoses),
    urgency: optional(collections.urgency),
    ...scalars,
  }),
);

/** Every field may be left out; null stays where it was allowed before. */
function partial(properties: TProperties) {
  return strictObject(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])),
  );
}

export const AuthorizationPatch = component(
  'AuthorizationPatch',
  strictObject({
    patient: Type.Optional(partial(patient)),
    coverage: Type.Optional(partial(coverage)),
    service: Type.Optional(partial(service)),
    requestedBy: optional(partial(requestedBy)),
    locations: optional(Locations),
    providers: Type.Optional(collections.providers),
    diagnoses: Type.Optional(collections.diagnoses),
    urgency: Type.Optional(collections.urgency),
    ...scalars,
  }),
);
