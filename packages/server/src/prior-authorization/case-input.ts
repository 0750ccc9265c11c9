import { type ErrorIssue, PrecertError } from '../platform/errors.ts';
import type {
  CaseData,
  Coverage,
  Patient,
  Provider,
  RequestedBy,
  RequestedService,
} from '../requirements/case-data.ts';

/** A PATCH body's case part: an absent field is kept, `null` clears an optional one. */
export interface CasePatch {
  readonly patient?: Partial<Nullable<Patient>>;
  readonly coverage?: Partial<Nullable<Coverage>>;
  readonly requestedBy?: Partial<Nullable<RequestedBy>> | null;
  readonly service?: Partial<Nullable<RequestedService>>;
  readonly providers?: readonly Provider[];
  readonly diagnoses?: CaseData['diagnoses'];
  readonly urgency?: string;
  readonly locations?: Nullable<NonNullable<CaseData['locations']>> | null;
  readonly siteOfCare?: string | null;
  readonly treatmentPhase?: string | null;
}

type Nullable<Type> = { readonly [Key in keyof Type]: Type[Key] | null };

/** What selects a template cannot change: another payer or service is another case (seed, "Patch semantics"). */
const immutableFields = [
  ['coverage', 'payerId'],
  ['coverage', 'planType'],
  ['coverage', 'insuranceState'],
  ['service', 'code'],
  ['service', 'codeSystem'],
] as const;

/**
 * The case of a create body.
 * @throws PrecertError `validation_error` when dates contradict each other
 */
export function caseFromInput(input: Readonly<Record<string, unknown>>, today: string): CaseData {
  const { questionnaireResponse: _answers, metadata: _metadata, ...fields } = input;
  // The body passed the create schema, which has every required field of CaseData; nulls are dropped here.
  const given = withoutNulls(fields) as Partial<CaseData> &
    Pick<CaseData, 'patient' | 'coverage' | 'service'>;
  return checkCase(
    { urgency: 'standard', diagnoses: [], ...given, providers: withIdentifiers(given.providers ?? []) },
    today,
  );
}

/**
 * Applies the merge rules of the contract (prior-auth.md, 1.5): `patient`, `coverage`, `requestedBy` and
 * `service` by field, location slots and collections whole.
 * @throws PrecertError `validation_error` (`immutable_field`, `required`, contradicting dates)
 */
export function patchCase(current: CaseData, patch: CasePatch, today: string): CaseData {
  refuseImmutable(current, patch);
  const { patient, coverage, requestedBy, service, locations, ...replaced } = patch;
  const merged = {
    ...current,
    ...replaced,
    providers: withIdentifiers(patch.providers ?? current.providers),
    patient: { ...current.patient, ...patient },
    coverage: { ...current.coverage, ...coverage },
    service: { ...current.service, ...service },
    requestedBy: requestedBy === null ? null : mergeOptional(current.requestedBy, requestedBy),
    locations: locations === null ? null : mergeOptional(current.locations, locations),
  };
  // Nulls stand only where CaseData is optional: the PATCH schema refuses them elsewhere.
  return checkCase(withoutNulls(merged) as unknown as CaseData, today);
}

/** A provider may be sent without identifiers; inside, the list is always there. */
function withIdentifiers(providers: readonly Provider[]): readonly Provider[] {
  return providers.map((provider) => ({ ...provider, identifiers: provider.identifiers ?? [] }));
}

function mergeOptional<Type extends object>(
  current: Type | undefined,
  patch: object | undefined,
): object | undefined {
  if (patch === undefined) return current;
  const merged = withoutNulls({ ...current, ...patch });
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function refuseImmutable(current: CaseData, patch: CasePatch): void {
  const issues: ErrorIssue[] = [];
  for (const [part, field] of immutableFields) {
    const given = readField(patch[part], field);
    if (given === undefined || given === readField(current[part], field)) continue;
    issues.push({
      field: `${part}.${field}`,
      code: 'immutable_field',
      message: 'This selects the requirements of the case and cannot change; create a new authorization.',
    });
  }
  throwIssues(issues);
}

function readField(part: object | undefined, field: string): unknown {
  return part === undefined ? undefined : Object.entries(part).find(([key]) => key === field)?.[1];
}

/** Rules over several fields, which no schema can state. */
function checkCase(data: CaseData, today: string): CaseData {
  const issues: ErrorIssue[] = [];
  const { requestedStartDate: start, requestedEndDate: end } = data.service;
  if (start !== undefined && end !== undefined && end < start) {
    issues.push({
      field: 'service.requestedEndDate',
      code: 'too_small',
      message: 'The requested end date is before the requested start date.',
    });
  }
  if (data.patient.dateOfBirth > today) {
    issues.push({
      field: 'patient.dateOfBirth',
      code: 'too_big',
      message: 'The date of birth is in the future.',
    });
  }
  for (const field of ['firstName', 'lastName'] as const) {
    if (data.requestedBy === undefined || data.requestedBy[field] !== undefined) continue;
    issues.push({ field: `requestedBy.${field}`, code: 'required', message: 'This field is required.' });
  }
  data.providers.forEach(({ identifiers }, provider) => {
    identifiers.forEach(({ type, value }, identifier) => {
      if (type !== 'npi' || /^[0-9]{10}$/.test(value)) return;
      const field = `providers[${provider}].identifiers[${identifier}].value`;
      issues.push({ field, code: 'invalid_format', message: 'An NPI is ten digits.' });
    });
  });
  throwIssues(issues);
  return data;
}

function throwIssues(issues: readonly ErrorIssue[]): void {
  if (issues.length > 0) throw new PrecertError('validation_error', 'Request validation failed.', { issues });
}

/** Drops null and undefined members at every depth; array elements stay. */
function withoutNulls(value: object): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null || inner === undefined) continue;
    kept[key] = dropInside(inner);
  }
  return kept;
}

function dropInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropInside);
  return typeof value === 'object' && value !== null ? withoutNulls(value) : value;
}
